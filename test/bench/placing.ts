import { parseEdge, pixelCount } from '../../protocol/index.ts';
import { SteadyCount } from '../../server/analysis/clustering/steady-count.ts';
import { useKernels } from '../../server/analysis/math/kernels.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { loadKernels } from '../../server/kernels/load.ts';
import { EdgeLearner } from '../../server/pipeline/edge/edge-learner.ts';
import { emptyMaps } from '../../server/pipeline/edge/edge-protocol.ts';
import { LiveModel } from '../../server/pipeline/edge/live-model.ts';
import { PixelPlacer } from '../../server/pipeline/edge/pixel-placer.ts';
import { ANALYSIS_DEFAULTS } from '../../server/pipeline/options.ts';
import { TILE_PIXELS } from '../../server/pipeline/reading/tiles.ts';

const EDGES = ['Si-L', 'C-K', 'O-K'];

/**
 * Processor time that a spectrum takes once the models of three edges are fixed, µs: read, background, presence, place in
 * the plane, class, uncertainty, novelty.
 */
export async function placing(path: string): Promise<number> {
  useKernels(loadKernels());
  try {
    let microseconds = 0;
    for (const name of EDGES) microseconds += await placingOf(path, name);
    return microseconds;
  } finally {
    useKernels(undefined);
  }
}

async function placingOf(path: string, name: string): Promise<number> {
  const { scan, core } = await openScanFile(path);
  const pixels = pixelCount(scan);
  const edge = parseEdge(name);
  const options = { ...ANALYSIS_DEFAULTS, edges: [edge] };
  const maps = emptyMaps(pixels);
  const measured = new Uint8Array(pixels).fill(1);
  const reader = await openCube(core);
  const learner = new EdgeLearner({ edge, scan, options, maps, measured }, reader);
  const task = { canonical: false, count: new SteadyCount().state };
  const { model } = await learner.fit(task, new AbortController().signal);
  const window = edgeWindow(edge, scan.energy, scan.channels);
  const live = new LiveModel(model, window);
  const placer = new PixelPlacer({
    window,
    background: options.background,
    maps,
    reader,
    measured,
    model: () => live,
  });
  const round = async () => {
    for (let first = 0; first < pixels; first += TILE_PIXELS)
      await placer.place(first, Math.min(TILE_PIXELS, pixels - first));
  };
  // Until the engine has compiled what it calls often.
  await round();
  const before = process.cpuUsage();
  await round();
  const { user, system } = process.cpuUsage(before);
  await reader.close();
  return (user + system) / pixels;
}
