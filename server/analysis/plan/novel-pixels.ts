import { ABSENT } from '../../../protocol/index.ts';
import { components } from '../novelty.ts';
import type { PlanInput } from './plan-input.ts';

/** So many novel pixels side by side are no accident: one in a hundred is taken for novel by chance. */
const FEWEST_TOGETHER = 4;
/** Pixels that tell how quickly novelty thins out. */
const SAMPLE = 8192;
/** Chance that of all pixels of a scan one on its own seems novel. */
const CHANCE = 0.005;
/** Novelty from which on a pixel could not be more worth a look. */
const MOST_BEYOND = 3;

/**
 * How much pixels are worth a look for being unlike all landmarks, 0–1: those that lie together before single ones, by how
 * far they are beyond the limit. A single pixel counts when all edges together make it unlikely by chance in a scan of this
 * size.
 * @returns row-major, NaN where no edge has been judged
 */
export function novelPixels({ shape, edges, exposure }: PlanInput): Float32Array {
  const n = exposure.length;
  const worth = new Float32Array(n).fill(Number.NaN);
  const beyond = new Float32Array(n);
  // Sum of −ln P over the edges, and how many there are.
  const surprise = new Float32Array(n);
  const counted = new Uint8Array(n);
  for (const { labels, novelty } of edges) {
    const surpriseOf = tailOf(novelty);
    for (let pixel = 0; pixel < n; pixel++) {
      if (labels[pixel] < ABSENT) continue;
      if (Number.isNaN(worth[pixel])) worth[pixel] = 0;
      if (!(novelty[pixel] >= 0)) continue;
      if (novelty[pixel] > beyond[pixel]) beyond[pixel] = novelty[pixel];
      surprise[pixel] += surpriseOf(novelty[pixel]);
      counted[pixel]++;
    }
  }
  const judged = counted.reduce((sum, edges) => sum + (edges > 0 ? 1 : 0), 0);
  const flags = Uint8Array.from(beyond, (value) => (value > 1 ? 1 : 0));
  const all = Uint32Array.from(flags, (_, pixel) => pixel);
  for (const set of components(flags, all, shape[1])) {
    const together = set.length >= FEWEST_TOGETHER;
    for (const pixel of set)
      if (together) worth[pixel] = 0.5 + bounded(beyond[pixel]) / 2;
      else if (fisher(surprise[pixel], counted[pixel]) < CHANCE / judged)
        worth[pixel] = 0.25 + bounded(beyond[pixel]) / 4;
  }
  return worth;
}

const bounded = (beyond: number): number => Math.min((beyond - 1) / (MOST_BEYOND - 1), 1);

/**
 * −ln P(novelty is as great), from the scan itself: a Weibull tail through what one pixel in ten and one in a hundred exceed.
 * Distances that noise makes in two directions have the exponent 2; where neighbours are sparse it is less.
 */
function tailOf(novelty: Float32Array): (value: number) => number {
  const step = Math.ceil(novelty.length / SAMPLE) | 1;
  const sorted = novelty.filter((value, pixel) => pixel % step === 0 && value >= 0).sort();
  const [tenth, hundredth] = [0.9, 0.99].map((share) => sorted[Math.floor(share * sorted.length)]);
  if (!(tenth > 0 && hundredth > tenth)) return () => 0;
  const exponent = Math.min(Math.log(2) / Math.log(hundredth / tenth), 4);
  return (value) => Math.log(100) * (value / hundredth) ** exponent;
}

/**
 * Probability that so many independent chances together are as unlikely (R. Fisher: −2 Σ ln p is χ² of twice as many degrees of
 * freedom).
 * @param surprise Σ −ln p
 */
function fisher(surprise: number, chances: number): number {
  let [sum, term] = [0, 1];
  for (let i = 0; i < chances; i++) {
    sum += term;
    term *= surprise / (i + 1);
  }
  return Math.exp(-surprise) * sum;
}
