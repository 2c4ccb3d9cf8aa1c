import { availableParallelism } from 'node:os';
import { parseEdge, pixelCount } from '../../protocol/index.ts';
import { useKernels } from '../../server/analysis/math/kernels.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { loadKernels } from '../../server/kernels/load.ts';
import { classSums } from '../../server/pipeline/fit/class-spectra.ts';
import { fitEdge } from '../../server/pipeline/fit/edge-fit.ts';
import { FitPool } from '../../server/pipeline/fit/fit-pool.ts';
import { ANALYSIS_DEFAULTS } from '../../server/pipeline/options.ts';
import { writeAnode } from './anode.ts';
import { median } from './median.ts';
import type { Figure } from './run.ts';

const SIDE = 512;
const ROUNDS = 3;

/** The final fit of one edge in one thread and in as many as the machine runs at once, in turn. */
export async function threads(folder: string): Promise<Figure[]> {
  useKernels(loadKernels());
  const { scan, core } = await openScanFile(await writeAnode(`${folder}/threads`, SIDE));
  const reader = await openCube(core);
  const pixels = pixelCount(scan);
  const measured = new Uint8Array(pixels).fill(1);
  const window = edgeWindow(parseEdge('Si-L'), scan.energy, scan.channels);
  const input = { reader, window, shape: scan.shape, measured, seed: 1 };
  const shifts = new Float32Array(new SharedArrayBuffer(4 * pixels));
  const place = { core, shifts };
  const pools = [1, availableParallelism()].map((count) => new FitPool(place, count - 1));
  const seconds: number[][] = pools.map(() => []);
  // The first round is for the engine to compile what it calls often.
  for (let round = 0; round <= ROUNDS; round++)
    for (const [i, pool] of pools.entries()) {
      const started = performance.now();
      const { labels, signal } = await fitEdge(input, ANALYSIS_DEFAULTS, { pool });
      await classSums(input, pool, labels, signal.calibration);
      if (round > 0) seconds[i].push((performance.now() - started) / 1000);
    }
  await Promise.all(pools.map((pool) => pool.close()));
  await reader.close();
  useKernels(undefined);
  const [alone, together] = seconds.map(median);
  const name = `final fit of Si-L, ${SIDE}², threads`;
  return [
    { name: `${name}: 1`, value: alone, unit: 's' },
    {
      name: `${name}: ${availableParallelism()}`,
      value: together,
      unit: 's',
      ratio: { of: 'one thread', value: together / alone },
    },
  ];
}
