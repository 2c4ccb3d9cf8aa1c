import { LEAST_SCATTER } from './class-spread.ts';

/** Scores and classes of pixels. */
export interface ClassedScores {
  /** n × dimension. */
  scores: Float32Array;
  dimension: number;
  labels: ArrayLike<number>;
}

/** Weighted mean scores of each class, k × dimension; NaN for a class without pixels. */
export function classMeans(
  { scores, dimension: d, labels }: ClassedScores,
  weights: ArrayLike<number>,
  classes: number,
): Float64Array {
  const sums = new Float64Array(classes * d);
  const totals = new Float64Array(classes);
  for (let p = 0; p < labels.length; p++) {
    totals[labels[p]] += weights[p];
    for (let i = 0; i < d; i++) sums[labels[p] * d + i] += weights[p] * scores[p * d + i];
  }
  return sums.map((sum, at) => sum / totals[Math.floor(at / d)]);
}

/** Goodness of fit of classes to the scores. */
export interface ClassLikelihood {
  /** Variance in one direction with which pixels lie about the mean of their class beyond their noise. */
  scatter: number;
  /** Mean logarithm of the probability density of a pixel. */
  logLikelihood: number;
}

/**
 * Models the scores as a mixture of isotropic normal distributions about the class means; the variance is the scatter
 * of the classes plus the noise of each pixel. Pixels without information are left out.
 * @param means k × dimension; NaN for a class without pixels
 * @param variances of the noise of each pixel in one direction
 */
export function classLikelihood(
  means: Float64Array,
  { scores, dimension: d, labels }: ClassedScores,
  variances: Float64Array,
): ClassLikelihood {
  const k = means.length / d;
  const squared = (p: number, a: number): number => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += (scores[p * d + i] - means[a * d + i]) ** 2;
    return sum;
  };
  const shares = new Float64Array(k);
  let [beyond, exactness, known] = [0, 0, 0];
  for (let p = 0; p < labels.length; p++) {
    if (!(variances[p] < Number.POSITIVE_INFINITY)) continue;
    known++;
    shares[labels[p]]++;
    beyond += squared(p, labels[p]) / variances[p] - d;
    exactness += d / variances[p];
  }
  const scatter = exactness > 0 ? Math.max(beyond / exactness, LEAST_SCATTER) : LEAST_SCATTER;
  const logs = new Float64Array(k);
  let total = 0;
  for (let p = 0; p < labels.length; p++) {
    if (!(variances[p] < Number.POSITIVE_INFINITY)) continue;
    const variance = scatter + variances[p];
    let most = Number.NEGATIVE_INFINITY;
    for (let a = 0; a < k; a++) {
      logs[a] =
        shares[a] > 0
          ? Math.log(shares[a] / known) - squared(p, a) / (2 * variance)
          : Number.NEGATIVE_INFINITY;
      most = Math.max(most, logs[a]);
    }
    let sum = 0;
    for (const log of logs) sum += Math.exp(log - most);
    total += most + Math.log(sum) - (d / 2) * Math.log(2 * Math.PI * variance);
  }
  return { scatter, logLikelihood: known > 0 ? total / known : Number.NEGATIVE_INFINITY };
}
