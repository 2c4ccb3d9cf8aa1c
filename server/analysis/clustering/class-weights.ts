import { meanVariance, scoreVariance } from '../decomposition/score-noise.ts';

/** How exactly pixels are known that classes are looked for in. */
export interface WeighedPixels {
  /** One over the variance of the noise of each, all of its dwells together. */
  precisions: Float64Array;
  /** How long each pixel is exposed; left out where all are exposed alike. */
  exposures?: Float32Array;
}

/** What pixels weigh in a search for classes. */
export interface ClassWeights {
  /** One per pixel; all alike when left out. */
  weights?: Float64Array;
  /** Mean variance of the noise of the scores in one direction, with these weights. */
  noise: number;
}

/**
 * What a pixel of some dwells weighs in units of the same pixel after one dwell. The weight of a point in a mixture is one
 * over the variance with which it lies about the middle of its class: scatter of the class and noise of the pixel together.
 * Where noise dominates it grows as the dwells, where the class scatters more it levels off.
 * @param variance of the noise of the pixel, all of its dwells together
 * @param scatter variance of the classes without noise, in the same units
 */
export function dwellGain(variance: number, exposure: number, scatter: number): number {
  // Nothing but noise: also of a pixel that nothing is known of.
  if (scatter === 0 || !(variance < Number.POSITIVE_INFINITY)) return exposure;
  return (scatter + variance * exposure) / (scatter + variance);
}

/**
 * What a pixel weighs: as it would if all were exposed alike, times what its dwells gain.
 * @param inScores pixels that are exposed alike weigh by how exactly they are known; otherwise all the same
 * @param unit mean variance that scores are in units of
 * @param exposure 1 where all pixels are exposed alike
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
 * @param inScores classes are looked for in the scores, not in the plane
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

/** Undefined when nothing weighs anything. */
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
