import { components } from '../novelty.ts';
import type { PlanInput } from './plan-input.ts';

/** So many novel pixels side by side are no accident: one in a hundred is taken for novel by chance. */
const FEWEST_TOGETHER = 4;
/** A pixel on its own counts when it is so far beyond the limit. */
const BEYOND_ALONE = 2;
/** Novelty from which on a pixel could not be more worth a look. */
const MOST_BEYOND = 3;

/**
 * How much pixels are worth a look for being unlike all landmarks, 0–1: those that lie together before single ones, by how
 * far they are beyond the limit.
 * @returns row-major, NaN where no edge has been judged
 */
export function novelPixels({ shape, edges, exposure }: PlanInput): Float32Array {
  const worth = new Float32Array(exposure.length).fill(Number.NaN);
  const beyond = new Float32Array(exposure.length);
  for (const { labels, novelty } of edges)
    for (let pixel = 0; pixel < worth.length; pixel++) {
      if (labels[pixel] < -1) continue;
      if (Number.isNaN(worth[pixel])) worth[pixel] = 0;
      if (novelty[pixel] > beyond[pixel]) beyond[pixel] = novelty[pixel];
    }
  const flags = Uint8Array.from(beyond, (value) => (value > 1 ? 1 : 0));
  const all = Uint32Array.from(flags, (_, pixel) => pixel);
  for (const set of components(flags, all, shape[1])) {
    const together = set.length >= FEWEST_TOGETHER;
    for (const pixel of set)
      if (together) worth[pixel] = 0.5 + bounded(beyond[pixel]) / 2;
      else if (beyond[pixel] >= BEYOND_ALONE) worth[pixel] = bounded(beyond[pixel]) / 2;
  }
  return worth;
}

const bounded = (beyond: number): number => Math.min((beyond - 1) / (MOST_BEYOND - 1), 1);
