import { meanVariance, scoreVariance } from '../decomposition/score-noise.ts';

/** Precision of the pixels to cluster. */
export interface WeighedPixels {
  /** One over the variance of the noise of each, all of its dwells together. */
  precisions: Float64Array;
  /** How long each pixel is exposed; left out at uniform exposure. */
  exposures?: Float32Array;
}

/** Weights of pixels in k-means. */
export interface ClassWeights {
  /** One per pixel; default: equal weights. */
  weights?: Float64Array;
  /** Mean variance of the noise of the scores in one direction, with these weights. */
  noise: number;
}

/**
 * Weight of a pixel with several dwells relative to the same pixel after one dwell. The weight of a point in a mixture
 * is one over the variance with which it lies about the middle of its class: scatter of the class and noise of the
 * pixel together. It grows in proportion to the dwells where noise dominates and saturates where the scatter of the
 * class does.
 * @param variance of the noise of the pixel, all of its dwells together
 * @param scatter variance of the classes without noise, in the same units
 */
export function dwellGain(variance: number, exposure: number, scatter: number): number {
  // Noise alone, also for a pixel without information.
  if (scatter === 0 || !(variance < Number.POSITIVE_INFINITY)) return exposure;
  return (scatter + variance * exposure) / (scatter + variance);
}

/**
 * Weight of a pixel: its weight at uniform exposure times the gain of its dwells.
 * @param inScores at uniform exposure pixels are weighted by precision; otherwise equally
 * @param unit mean variance that scores are in units of
 * @param exposure 1 at uniform exposure
 */
export function pixelWeight(
  precision: number,
  unit: number,
  exposure: number,
  scatter: number,
  inScores: boolean,
): number {
  const gain = dwellGain(scoreVariance(precision, unit), exposure, scatter);
  return inScores ? ((precision * unit) / exposure) * gain : gain;
}

/**
 * Weights of all pixels.
 * @param inScores classes are found in the scores, not in the embedding
 * @param scatter variance of the classes without noise, in units of the mean noise
 */
export function classWeights(
  { precisions, exposures }: WeighedPixels,
  inScores: boolean,
  scatter: number,
): ClassWeights {
  const unit = meanVariance(precisions, exposures);
  const own = exposures
    ? precisions.map((precision, p) => pixelWeight(precision, unit, exposures[p], scatter, inScores))
    : precisions;
  const weights = inScores || exposures ? ofMeanOne(own) : undefined;
  return { ...(weights && { weights }), noise: weightedNoise(precisions, unit, weights) };
}

/** Undefined when all weights are 0. */
function ofMeanOne(weights: Float64Array): Float64Array | undefined {
  const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length;
  return mean > 0 ? weights.map((value) => value / mean) : undefined;
}

/** Mean variance of the noise in one direction; pixels without precision do not count. */
function weightedNoise(precisions: Float64Array, unit: number, weights?: Float64Array): number {
  if (!weights) return 1;
  let [sum, total] = [0, 0];
  for (let p = 0; p < precisions.length; p++) {
    if (!(precisions[p] > 0)) continue;
    sum += weights[p] * scoreVariance(precisions[p], unit);
    total += weights[p];
  }
  return total > 0 ? sum / total : 1;
}
