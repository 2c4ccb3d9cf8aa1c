import { availableParallelism } from 'node:os';
import { pixelCount, type Scan } from '../../../protocol/index.ts';
import type { AnalysisOptions } from '../options.ts';
import { BLOCK_PIXELS } from './fit-input.ts';

/** Fewest blocks per helper thread. */
const FEWEST_BLOCKS = 2;

/**
 * Helper threads for the fits of an edge, besides its own: few for a small scan, and one of all is left to the survey.
 */
export function helpersOf(
  scan: Pick<Scan, 'shape'>,
  { edges, threads = availableParallelism() }: Pick<AnalysisOptions, 'edges' | 'threads'>,
): number {
  const shared = Math.floor((threads - 1) / edges.length);
  const useful = Math.floor(pixelCount(scan) / BLOCK_PIXELS / FEWEST_BLOCKS);
  return Math.max(Math.min(shared, useful) - 1, 0);
}
