import { chooseClassCount } from './class-count.ts';
import { hasGaps } from './gaps.ts';
import { bestOf, everyOther, SAMPLE_POINTS } from './kmeans.ts';

/**
 * Largest unexplained share of the variance beyond noise for a continuum: two classes of a uniform one leave a quarter.
 */
const UNEXPLAINED = 0.3;
/** Two spectra are the same when they differ by no more than this share of the largest score: rounding of float32. */
const ROUNDING = 1e-5;

/** Points to cluster. */
export interface ClassPoints {
  /** n × d: places in the embedding, or the scores. */
  points: Float32Array;
  d: number;
  /** One per point; default: equal weights. */
  weights?: Float64Array;
  /** Whitened scores of the same spectra, n × dimension. */
  scores: Float32Array;
  dimension: number;
  /** Mean variance of the noise of the scores in one direction, with these weights. */
  noise: number;
}

export interface ClassNumber {
  count: number;
  /** The spectra differ by more than noise, but form no separate groups. */
  graded: boolean;
}

/** Number of different spectra, counted up to `most`. */
export function distinctSpectra(scores: Float32Array, dimension: number, most: number): number {
  let largest = 0;
  for (const score of scores) largest = Math.max(largest, Math.abs(score));
  const close = (ROUNDING * largest) ** 2;
  const seen: number[] = [];
  for (let from = 0; from < scores.length && seen.length < most; from += dimension) {
    const known = seen.some((other) => {
      let squared = 0;
      for (let i = 0; i < dimension; i++) squared += (scores[from + i] - scores[other + i]) ** 2;
      return squared <= close;
    });
    if (!known) seen.push(from);
  }
  return seen.length;
}

/** `chooseClassCount`, limited for a continuum to the number of classes that describes it. */
export function chooseClassNumber(
  { points, d, weights, ...seen }: ClassPoints,
  max: number,
  seed: number,
  graded: boolean,
  tie?: number,
): number {
  const most = distinctSpectra(seen.scores, seen.dimension, max);
  if (most < 2) return 1;
  const count = chooseClassCount(points, d, most, seed, weights, tie);
  return graded
    ? fewestThatDescribe({ points, d, ...(weights && { weights }), ...seen }, count, seed)
    : count;
}

/** Whether spectra that differ by more than noise are one continuum. */
export const isGraded = (
  { scores, dimension }: Pick<ClassPoints, 'scores' | 'dimension'>,
  seed: number,
): boolean => distinctSpectra(scores, dimension, 3) > 2 && !hasGaps(scores, dimension, seed);

/**
 * Smallest number of classes, up to `most`, within which the spectra differ, beyond their noise, at most 0.3 times as
 * much as in all, or by no more than the noise in one direction: finer classes could not be distinguished.
 */
function fewestThatDescribe(all: ClassPoints, most: number, seed: number): number {
  const step = Math.ceil(all.points.length / all.d / SAMPLE_POINTS) | 1;
  const points = everyOther(all.points, all.d, step);
  const scores = everyOther(all.scores, all.dimension, step);
  const weights = all.weights?.filter((_, p) => p % step === 0);
  const beyond = (labels: ArrayLike<number>, k: number) =>
    varianceWithin(scores, all.dimension, labels, k, weights) - all.dimension * all.noise;
  const whole = beyond(new Int16Array(points.length / all.d), 1);
  const enough = Math.max(UNEXPLAINED * whole, all.noise);
  if (whole <= enough) return 1;
  for (let k = 2; k < most; k++)
    if (beyond(bestOf(2, points, all.d, k, seed, 40, weights).labels, k) <= enough) return k;
  return most;
}

/** Variance of the scores around the means of their classes, all directions together. */
function varianceWithin(
  scores: Float32Array,
  d: number,
  labels: ArrayLike<number>,
  k: number,
  weights?: Float64Array,
): number {
  const sums = new Float64Array(k * d);
  const totals = new Float64Array(k);
  let [squares, total] = [0, 0];
  for (let p = 0; p < labels.length; p++) {
    const weight = weights?.[p] ?? 1;
    totals[labels[p]] += weight;
    total += weight;
    for (let i = 0; i < d; i++) {
      sums[labels[p] * d + i] += weight * scores[p * d + i];
      squares += weight * scores[p * d + i] ** 2;
    }
  }
  let between = 0;
  sums.forEach((sum, at) => {
    const n = totals[Math.floor(at / d)];
    if (n > 0) between += (sum * sum) / n;
  });
  return total > 0 ? (squares - between) / total : 0;
}
