import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edge, parseEdges } from '../../protocol/index.ts';
import { SignalExtractor } from '../../server/analysis/background/edge-signal.ts';
import { nearestCentre } from '../../server/analysis/clustering/kmeans.ts';
import { project } from '../../server/analysis/decomposition/pca.ts';
import { Placement } from '../../server/analysis/embedding/placement.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { decodeNpy } from '../../server/formats/numpy/numpy.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { SimulatedScan } from '../../server/microscope/scan.ts';
import { type SimulateOptions, simulate } from '../../server/microscope/simulate.ts';
import { type EdgeFit, type EdgeFitOptions, fitEdge } from '../../server/pipeline/fit/edge-fit.ts';
import { ANALYSIS_DEFAULTS } from '../../server/pipeline/options.ts';

/** One edge of a simulated scan, fitted as at its end, with what is true of it. */
export interface FittedEdge {
  edge: Edge;
  fit: EdgeFit;
  /** Phase that gives most of the signal, −1 where the edge cannot be detected. */
  truth: number[];
  /** Share of the strongest phase in the thickness. */
  purity: number[];
  /** Class that the same model gives each pixel without noise. */
  noiseless: number[];
}

/** Simulates a scan and fits its edges as the product does, but without threads. */
export async function fitSimulated(
  options: SimulateOptions,
  edges = 'Si-L,C-K,O-K',
  fitOptions: Partial<EdgeFitOptions> = {},
): Promise<FittedEdge[]> {
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  try {
    await simulate(folder, { ...options, lowLoss: false });
    const stem = join(folder, 'simulated-anode');
    const { scan, core } = await openScanFile(`${stem}.rpl`);
    const reader = await openCube(core);
    const expected = new SimulatedScan({ ...options, lowLoss: false });
    const read = async (name: string) =>
      Array.from(decodeNpy(await readFile(join(`${stem}.truth`, `${name}.npy`))).data as ArrayLike<number>);
    const purity = await read('purity');
    const fitted: FittedEdge[] = [];
    for (const edge of parseEdges(edges)) {
      const window = edgeWindow(edge, scan.energy, scan.channels);
      const measured = new Uint8Array(purity.length).fill(1);
      const input = { reader, window, shape: scan.shape, measured, seed: 1 };
      const fit = await fitEdge(input, { ...ANALYSIS_DEFAULTS, ...fitOptions });
      const { basis, calibration } = fit.signal;
      const extractor = new SignalExtractor(window, calibration);
      const normalised = new Float32Array(window.features);
      const scores = new Float32Array(basis?.components ?? 0);
      const place = new Float32Array(2);
      const { landmarkEmbedding } = fit;
      const placement =
        landmarkEmbedding &&
        new Placement(landmarkEmbedding.landmarks, landmarkEmbedding.dimension, landmarkEmbedding.embedding);
      const noiseless = purity.map((_, pixel) => {
        if (!basis || !placement || !fit.signal.present[pixel]) return -1;
        const counts = expected.expectedCoreLoss(pixel).slice(window.firstChannel, window.endChannel);
        extractor.extract(Float32Array.from(counts), 0, normalised, 0);
        project(basis, normalised, 0, scores, 0);
        if (fit.classesIn === 'scores') return nearestCentre(scores, 0, fit.centres, basis.components).label;
        placement.place(scores, 0, place, 0);
        return nearestCentre(place, 0, fit.centres, 2).label;
      });
      fitted.push({ edge, fit, truth: await read(edge.name), purity, noiseless });
    }
    await reader.close();
    return fitted;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
