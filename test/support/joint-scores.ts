import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import {
  DECISION_NUMBERS,
  decideClass,
  writeDecision,
} from '../../server/analysis/clustering/class-decision.ts';
import { type ClassSpread, classSpread } from '../../server/analysis/clustering/class-spread.ts';
import { cluster, nearestCentre } from '../../server/analysis/clustering/kmeans.ts';
import type { PlanInput } from '../../server/analysis/plan/plan-input.ts';
import { PHANTOM_EDGES } from './rescan-phantom.ts';

/** Scores of each edge that are kept. */
const COMPONENTS = 4;

/** Counts of all edges, pixels × channels each. */
export type Counts = readonly Float64Array[];

/** Weighted principal components of every edge's counts per dwell, put side by side. */
export interface JointBasis {
  edges: { weights: Float64Array; mean: Float64Array; vectors: Float64Array[] }[];
}

/**
 * Principal components of counts whose noise is made white by the mean spectrum (Keenan and Kotula).
 * @param dwells what pixels weigh; all alike when left out
 */
export function jointBasis(counts: Counts, exposure: Float32Array, isWeighted = false): JointBasis {
  const n = exposure.length;
  return {
    edges: counts.map((of) => {
      const channels = of.length / n;
      const share = (pixel: number) => (isWeighted ? exposure[pixel] : 1);
      const total = exposure.reduce((sum, _, pixel) => sum + share(pixel), 0);
      const plain = new Float64Array(channels);
      const mean = new Float64Array(channels);
      for (let pixel = 0; pixel < n; pixel++)
        for (let i = 0; i < channels; i++) {
          const rate = of[pixel * channels + i] / exposure[pixel];
          plain[i] += rate / n;
          mean[i] += (share(pixel) * rate) / total;
        }
      const weights = plain.map((value) => 1 / Math.sqrt(Math.max(value, 1e-3)));
      const covariance = new Float64Array(channels * channels);
      const row = new Float64Array(channels);
      for (let pixel = 0; pixel < n; pixel++) {
        for (let i = 0; i < channels; i++)
          row[i] = (of[pixel * channels + i] / exposure[pixel] - mean[i]) * weights[i];
        for (let i = 0; i < channels; i++)
          for (let j = 0; j <= i; j++)
            covariance[i * channels + j] += (share(pixel) * row[i] * row[j]) / total;
      }
      const matrix = new Matrix(channels, channels);
      for (let i = 0; i < channels; i++)
        for (let j = 0; j <= i; j++) {
          matrix.set(i, j, covariance[i * channels + j]);
          matrix.set(j, i, covariance[i * channels + j]);
        }
      const { eigenvectorMatrix } = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
      const vectors = Array.from({ length: COMPONENTS }, (_, c) =>
        Float64Array.from(eigenvectorMatrix.getColumn(channels - 1 - c)),
      );
      return { weights, mean, vectors };
    }),
  };
}

export const DIMENSION = 3 * COMPONENTS;

/** Scores of all pixels (n × 12). */
export function jointScores(counts: Counts, exposure: Float32Array, { edges }: JointBasis): Float32Array {
  const n = exposure.length;
  const scores = new Float32Array(n * DIMENSION);
  edges.forEach(({ weights, mean, vectors }, e) => {
    const channels = weights.length;
    for (let pixel = 0; pixel < n; pixel++)
      vectors.forEach((vector, c) => {
        let sum = 0;
        for (let i = 0; i < channels; i++)
          sum += (counts[e][pixel * channels + i] / exposure[pixel] - mean[i]) * weights[i] * vector[i];
        scores[pixel * DIMENSION + e * COMPONENTS + c] = sum;
      });
  });
  return scores;
}

/** Noise variance of each pixel's scores: its counts over the mean ones, per dwell, all channels together. */
export function jointVariances(counts: Counts, exposure: Float32Array, { edges }: JointBasis): Float64Array {
  return Float64Array.from(exposure, (dwells, pixel) => {
    let [sum, channels] = [0, 0];
    edges.forEach(({ weights }, e) => {
      for (let i = 0; i < weights.length; i++)
        sum += counts[e][pixel * weights.length + i] * weights[i] * weights[i];
      channels += weights.length;
    });
    return Math.max(sum / channels / dwells, 0.01) / dwells;
  });
}

/** Classes in joint scores. */
export interface JointModel {
  centres: Float64Array;
  spread: ClassSpread;
}

export const labelsIn = (scores: Float32Array, { centres }: Pick<JointModel, 'centres'>): Int16Array =>
  Int16Array.from(
    { length: scores.length / DIMENSION },
    (_, pixel) => nearestCentre(scores, pixel * DIMENSION, centres, DIMENSION).label,
  );

/** A model with given centres, its spread learnt from pixels. */
export function modelOf(centres: Float64Array, scores: Float32Array, variances: Float64Array): JointModel {
  const labels = labelsIn(scores, { centres });
  const precisions = variances.map((variance) => 1 / variance);
  return { centres, spread: classSpread(centres, DIMENSION, { scores, precisions, labels }, 1) };
}

/** The centres that clean scores of every phase have: medians. */
export function trueCentres(clean: Float32Array, truth: Int16Array, phases: number): Float64Array {
  const centres = new Float64Array(phases * DIMENSION);
  for (let phase = 0; phase < phases; phase++)
    for (let i = 0; i < DIMENSION; i++) {
      const values = Float32Array.from(
        [...truth.keys()].filter((pixel) => truth[pixel] === phase),
        (pixel) => clean[pixel * DIMENSION + i],
      ).sort();
      centres[phase * DIMENSION + i] = values.length > 0 ? values[values.length >> 1] : Number.NaN;
    }
  return centres;
}

/** Attempts of k-means, as in the reference. */
const ATTEMPTS = 6;

/** Centres by k-means: of several attempts the one with the least weighted squares. */
export function learntCentres(scores: Float32Array, count: number, weights?: Float64Array): Float64Array {
  let best: Float64Array = new Float64Array(0);
  let least = Number.POSITIVE_INFINITY;
  for (let seed = 1; seed <= ATTEMPTS; seed++) {
    const { centres } = cluster(scores, DIMENSION, count, seed, weights);
    let squares = 0;
    for (let pixel = 0; pixel < scores.length / DIMENSION; pixel++) {
      const { squared } = nearestCentre(scores, pixel * DIMENSION, centres, DIMENSION);
      squares += (weights?.[pixel] ?? 1) * squared;
    }
    if (squares < least) [best, least] = [centres, squares];
  }
  return best;
}

/** Share of the pixels that count as novel. */
const NOVEL = 0.01;

/** What a plan is made by: all edges have one class map, whose decisions stand at the first, and novelty of their own. */
export function jointInput(
  shape: [number, number],
  exposure: Float32Array,
  scores: Float32Array,
  variances: Float64Array,
  { centres, spread }: JointModel,
): PlanInput {
  const n = exposure.length;
  const labels = labelsIn(scores, { centres });
  const decisions = new Float32Array(DECISION_NUMBERS * n);
  const novelty = [0, 1, 2].map(() => new Float32Array(n));
  for (let pixel = 0; pixel < n; pixel++) {
    const from = pixel * DIMENSION;
    const decision = decideClass(scores, from, centres, DIMENSION, spread, labels[pixel], variances[pixel]);
    writeDecision(decisions, DECISION_NUMBERS * pixel, decision);
    novelty.forEach((of, e) => {
      let squared = 0;
      for (let i = e * COMPONENTS; i < (e + 1) * COMPONENTS; i++)
        squared += (scores[from + i] - centres[labels[pixel] * DIMENSION + i]) ** 2;
      of[pixel] = Math.sqrt(squared / (variances[pixel] + 1));
    });
  }
  const shared = { labels, snr: new Float32Array(n).fill(20), intensity: new Float32Array(n).fill(100) };
  const none = new Float32Array(decisions.length).fill(Number.NaN);
  const edges = novelty.map((of, e) => {
    const limit = Float32Array.from(of).sort()[Math.floor((1 - NOVEL) * n)];
    const name = PHANTOM_EDGES[e].name;
    return {
      ...shared,
      name,
      novelty: of.map((value) => value / limit),
      decisions: e === 0 ? decisions : none,
    };
  });
  return { shape, exposure, missing: new Uint8Array(n), edges };
}
