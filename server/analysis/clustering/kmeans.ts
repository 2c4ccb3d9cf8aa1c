import { optimalAssignment } from '../math/optimal-assignment.ts';
import { createRandom, hash32 } from '../math/random.ts';
import { weightedSeeds } from './weighted-seeds.ts';

/** A partition of n points in d dimensions. */
export interface Clustering {
  /** k × d. */
  centres: Float64Array;
  labels: Int16Array;
  /** Σ weight · squared distance to the own centre. */
  inertia: number;
}

/** Sample size for the choice of k and for fresh starts of a refit; enough for 15 classes. */
export const SAMPLE_POINTS = 1000;
/** Starts of which the best is taken, and iterations of each. */
const RESTARTS = 10;
export const SEED_ITERATIONS = 20;
/** Points on which starts compete. */
export const SEED_POINTS = 4096;
const MAX_ITERATIONS = 100;

/**
 * The rate of a mini-batch step never falls below this: centres learnt on the first rows must still be able to move.
 */
const RATE_FLOOR = 1 / 2000;

/** Index of the nearest of k centres to the point at `from`. */
export function nearestCentre(
  points: Float32Array,
  from: number,
  centres: Float64Array,
  dimension: number,
): { label: number; squared: number } {
  let label = 0;
  let best = Number.POSITIVE_INFINITY;
  for (let c = 0, at = 0; at < centres.length; c++, at += dimension) {
    let squared = 0;
    for (let i = 0; i < dimension; i++) squared += (points[from + i] - centres[at + i]) ** 2;
    if (squared < best) {
      best = squared;
      label = c;
    }
  }
  return { label, squared: best };
}

/**
 * Lloyd's iterations from the given centres until nothing moves; sums run in the order of the points.
 * @param weights one per point, for instance the inverse of its noise variance; default: equal weights
 */
export function lloyd(
  points: Float32Array,
  dimension: number,
  start: Float64Array,
  iterations = MAX_ITERATIONS,
  weights?: Float64Array,
): Clustering {
  const n = points.length / dimension;
  const k = start.length / dimension;
  const centres = Float64Array.from(start);
  const labels = new Int16Array(n).fill(-1);
  const sums = new Float64Array(k * dimension);
  const counts = new Float64Array(k);
  let inertia = 0;
  for (let iteration = 0; iteration <= iterations; iteration++) {
    sums.fill(0);
    counts.fill(0);
    inertia = 0;
    let moved = false;
    for (let p = 0; p < n; p++) {
      // Inlined `nearestCentre`, which would allocate an object per point.
      const from = p * dimension;
      let label = 0;
      let best = Number.POSITIVE_INFINITY;
      for (let c = 0, at = 0; c < k; c++) {
        let squared = 0;
        for (let i = 0; i < dimension; i++, at++) {
          const difference = points[from + i] - centres[at];
          squared += difference * difference;
        }
        if (squared < best) {
          best = squared;
          label = c;
        }
      }
      if (labels[p] !== label) {
        moved = true;
        labels[p] = label;
      }
      const weight = weights === undefined ? 1 : weights[p];
      inertia += weight * best;
      counts[label] += weight;
      for (let i = 0; i < dimension; i++) sums[label * dimension + i] += weight * points[from + i];
    }
    if (!moved || iteration === iterations) break;
    // An empty class keeps its centre.
    for (let c = 0; c < k; c++)
      if (counts[c] > 0)
        for (let i = 0; i < dimension; i++) centres[c * dimension + i] = sums[c * dimension + i] / counts[c];
  }
  return { centres, labels, inertia };
}

/**
 * One mini-batch step (Sculley, WWW 2010) with a floor under the rate: moves each centre towards its new points.
 * @param counts weight of the points each centre has seen, updated
 */
export function miniBatchStep(
  points: Float32Array,
  dimension: number,
  labels: ArrayLike<number>,
  centres: Float64Array,
  counts: Float64Array,
  weight = 1,
): void {
  for (let p = 0; p < labels.length; p++) {
    const label = labels[p];
    if (label < 0) continue;
    counts[label] += weight;
    const rate = Math.max(weight / counts[label], Math.min(weight, 1) * RATE_FLOOR);
    for (let i = 0; i < dimension; i++) {
      const at = label * dimension + i;
      centres[at] += rate * (points[p * dimension + i] - centres[at]);
    }
  }
}

/**
 * At most `limit` of n points, evenly spaced through their weights from a hashed phase, so that each is drawn in
 * proportion to its weight; the sample is then used with equal weights.
 */
export function sample(
  points: Float32Array,
  dimension: number,
  limit: number,
  seed: number,
  weights?: Float64Array,
): Float32Array {
  const n = points.length / dimension;
  if (!weights && n <= limit) return points;
  const size = Math.min(n, limit);
  const chosen = new Float32Array(size * dimension);
  const phase = hash32(seed, n) / 2 ** 32;
  let total = n;
  if (weights) {
    total = 0;
    for (const weight of weights) total += weight;
  }
  let upTo = weights?.[0] ?? 1;
  for (let s = 0, p = 0; s < size; s++) {
    const at = ((s + phase) * total) / size;
    while (upTo <= at && p < n - 1) {
      p++;
      upTo += weights?.[p] ?? 1;
    }
    chosen.set(points.subarray(p * dimension, (p + 1) * dimension), s * dimension);
  }
  return chosen;
}

/** Gives, for these points, the k × d centres that a run with this seed starts from. */
export type Starts = (
  points: Float32Array,
  dimension: number,
  k: number,
  weights?: Float64Array,
) => (seed: number) => Float64Array;

const greedyStarts: Starts = (points, dimension, k, weights) => (seed) =>
  weightedSeeds(points, dimension, k, weights, createRandom(seed));

/** The best of several runs from seeded starts; `weights` one per point. */
export function bestOf(
  restarts: number,
  points: Float32Array,
  dimension: number,
  k: number,
  seed: number,
  iterations: number,
  weights?: Float64Array,
  starts = greedyStarts,
): Clustering {
  const startOf = starts(points, dimension, k, weights);
  let best: Clustering | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const found = lloyd(points, dimension, startOf(hash32(seed, restart)), iterations, weights);
    if (!best || found.inertia < best.inertia) best = found;
  }
  return best as Clustering;
}

/**
 * k-means of all points: the best of several starts in a part of them, finished by full iterations. Needs n ≥ 1.
 * @param weights one per point
 */
export function cluster(
  points: Float32Array,
  dimension: number,
  k: number,
  seed: number,
  weights?: Float64Array,
  starts = greedyStarts,
): Clustering {
  const step = Math.max(1, Math.ceil(points.length / dimension / SEED_POINTS));
  const thinned = step === 1 ? points : everyOther(points, dimension, step);
  const thinnedWeights = step === 1 ? weights : weights?.filter((_, p) => p % step === 0);
  const { centres } = bestOf(RESTARTS, thinned, dimension, k, seed, SEED_ITERATIONS, thinnedWeights, starts);
  return lloyd(points, dimension, centres, MAX_ITERATIONS, weights);
}

/** Every step-th point. */
export function everyOther(points: Float32Array, dimension: number, step: number): Float32Array {
  const kept = new Float32Array(Math.ceil(points.length / dimension / step) * dimension);
  for (let p = 0, to = 0; p * dimension < points.length; p += step, to += dimension)
    kept.set(points.subarray(p * dimension, (p + 1) * dimension), to);
  return kept;
}

/** Sample size of a short refit. */
const REFIT_POINTS = 4096;

/**
 * A short full refit beside the mini-batch steps, on a sample: from the present centres and from fresh seeds; another
 * optimum is adopted only when it is clearly better, so that classes stay stable. Fresh centres take the numbers of the
 * old ones whose points they hold.
 * @returns new centres, k × d
 */
export function refit(
  points: Float32Array,
  dimension: number,
  centres: Float64Array,
  seed: number,
  weights?: Float64Array,
): Float64Array {
  const sampled = sample(points, dimension, REFIT_POINTS, seed, weights);
  const current = lloyd(sampled, dimension, centres, 10);
  const k = centres.length / dimension;
  const few = sample(sampled, dimension, SAMPLE_POINTS, seed);
  const fresh = lloyd(sampled, dimension, bestOf(3, few, dimension, k, seed, 20).centres, 10);
  if (!(fresh.inertia < 0.97 * current.inertia)) return current.centres;
  const overlap = Array.from({ length: k }, () => new Array<number>(k).fill(0));
  fresh.labels.forEach((label, p) => {
    overlap[label][current.labels[p]]++;
  });
  const renamed = new Float64Array(centres.length);
  optimalAssignment(overlap).forEach((old, label) => {
    renamed.set(fresh.centres.subarray(label * dimension, (label + 1) * dimension), old * dimension);
  });
  return renamed;
}
