import { ABSENT } from '../../../protocol/index.ts';
import { components } from '../clustering/novelty.ts';
import type { PlanInput } from './plan-input.ts';
import { leastThere } from './presence-odds.ts';
import { usualStrength } from './presence-prior.ts';

/** Fewest adjacent novel pixels to count: one pixel in a hundred is novel by chance. */
const FEWEST_TOGETHER = 4;
/** Sample size for the tail of the novelty distribution. */
const SAMPLE = 8192;
/** Probability that any single pixel of a scan appears novel by chance. */
const CHANCE = 0.005;
/** S/N of an edge above which more dose adds little. */
const SEEN_WELL = 30;
/** A scan of few pixels in which so many neighbours have different labels is coarse: a phase may be a single pixel. */
const MOST_PIXELS = 32 * 32;
const COARSE = 0.2;
/** Single pixels that a coarse scan takes for novel at most. */
const MOST_SINGLE = 2;
/** Novelty at which the value of a pixel saturates. */
const MOST_BEYOND = 3;

/**
 * Value of pixels for being unlike all landmarks, 0–1: those that lie together before single ones, by how far they are
 * beyond the limit. A single pixel counts when all edges together make it unlikely by chance in a scan of this size.
 * Traces of an edge do not count, nor does a spectrum with high S/N, except in a coarse scan: more dose would add
 * nothing.
 * @returns row-major, NaN where no edge has been judged
 */
export function novelPixels({ shape, edges, exposure }: PlanInput): Float32Array {
  const n = exposure.length;
  const worth = new Float32Array(n).fill(Number.NaN);
  const beyond = new Float32Array(n);
  // Sum of −ln P over the edges, and how many there are.
  const surprise = new Float32Array(n);
  const counted = new Uint8Array(n);
  const squares = new Float32Array(n);
  const coarse = isCoarse(shape, edges);
  for (const { labels, snr, novelty } of edges) {
    const surpriseOf = tailOf(novelty);
    const least = leastThere({ usual: usualStrength(snr, exposure) });
    for (let pixel = 0; pixel < n; pixel++) {
      if (labels[pixel] < ABSENT) continue;
      if (Number.isNaN(worth[pixel])) worth[pixel] = 0;
      if (!(novelty[pixel] >= 0) || snr[pixel] < least * Math.sqrt(exposure[pixel])) continue;
      if (!coarse && snr[pixel] >= SEEN_WELL) continue;
      if (novelty[pixel] > beyond[pixel]) beyond[pixel] = novelty[pixel];
      squares[pixel] += novelty[pixel] ** 2;
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
  if (coarse) addSingles(worth, squares);
  return worth;
}

/** In a coarse scan the most novel pixels over all edges count, significant or not. */
function addSingles(worth: Float32Array, squares: Float32Array): void {
  const most = [...squares.keys()]
    .filter((pixel) => squares[pixel] > 1)
    .sort((a, b) => squares[b] - squares[a])
    .slice(0, MOST_SINGLE);
  for (const pixel of most) worth[pixel] = Math.max(worth[pixel], squares[pixel] / squares[most[0]]);
}

/**
 * Whether the scan is a survey whose phases are hardly larger than its pixels: few pixels, and many borders in every
 * edge.
 */
function isCoarse([rows, columns]: PlanInput['shape'], edges: PlanInput['edges']): boolean {
  if (rows * columns > MOST_PIXELS) return false;
  return edges.every(({ labels }) => {
    let [differ, pairs] = [0, 0];
    for (let pixel = 0; pixel < rows * columns; pixel++) {
      const right = pixel % columns < columns - 1 ? pixel + 1 : pixel;
      const below = pixel + columns < rows * columns ? pixel + columns : pixel;
      for (const other of [right, below]) {
        if (other === pixel || labels[pixel] < ABSENT || labels[other] < ABSENT) continue;
        pairs++;
        if (labels[pixel] !== labels[other]) differ++;
      }
    }
    return differ > COARSE * pairs;
  });
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
