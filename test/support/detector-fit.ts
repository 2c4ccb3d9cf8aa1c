import { type Edge, parseEdges } from '../../protocol/index.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { type EdgeFit, type EdgeFitOptions, fitEdge } from '../../server/pipeline/fit/edge-fit.ts';
import { ANALYSIS_DEFAULTS } from '../../server/pipeline/options.ts';
import { type DetectorCube, detectorCounts } from './detector-cube.ts';
import { memoryCube } from './memory-cube.ts';

/** Edges of a simulated scan, fitted as at its end, without files and threads. */
export async function fitDetectorCube(
  cube: DetectorCube,
  edges: string,
  options: Partial<EdgeFitOptions> = {},
): Promise<{ edge: Edge; fit: EdgeFit }[]> {
  const { shape, channels, energy, seed } = cube;
  const reader = memoryCube(detectorCounts(cube), shape, channels);
  const measured = new Uint8Array(shape[0] * shape[1]).fill(1);
  const fitted: { edge: Edge; fit: EdgeFit }[] = [];
  for (const edge of parseEdges(edges)) {
    const input = { reader, window: edgeWindow(edge, energy, channels), shape, measured, seed };
    fitted.push({ edge, fit: await fitEdgeQuickly(input, { ...ANALYSIS_DEFAULTS, seed, ...options }) });
  }
  return fitted;
}

/** Spectra that are alike but for noise are one class whatever the plane shows: it is fitted for the others only. */
async function fitEdgeQuickly(input: Parameters<typeof fitEdge>[0], options: EdgeFitOptions) {
  const fit = await fitEdge(input, options, { fitEmbedding: (_, __, start) => start });
  return fit.signal.basis?.significant === 0 ? fit : fitEdge(input, options);
}

/** Classes that pixels of a fit have. */
export const classesOf = ({ labels }: EdgeFit): number => new Set(labels.filter((label) => label >= 0)).size;
