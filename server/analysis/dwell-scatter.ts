import { classLikelihood, classMeans } from './class-likelihood.ts';
import { classWeights, type WeighedPixels } from './class-weights.ts';
import { cluster, everyOther } from './kmeans.ts';
import { meanVariance, scoreVariance } from './score-noise.ts';

/** Pixels that are not exposed alike, and where classes are looked for in them. */
export interface UnevenPixels extends WeighedPixels {
  /** n × d: places in the plane, or the scores. */
  points: Float32Array;
  d: number;
  /** Whether the points are the scores. */
  inScores: boolean;
  /** Whitened scores of the same pixels, n × dimension. */
  scores: Float32Array;
  dimension: number;
}

/** Enough pixels to tell by. */
const MOST_PIXELS = 16_384;

/** Scatters that are tried, in units of what classes have in the mean of all directions. */
const LEVELS = [1, 2, 4];

/**
 * Scatter of the classes that weights of pixels are to follow from (`dwellGain`). What counts is the scatter along the lines in
 * which classes are divided, above the mean over all directions, and it is known no sooner than the classes are. So
 * classes are looked for with weights that only noise sets, and with a few scatters; those tell which make the scores most likely.
 * @param k number of classes
 * @returns in units of the mean noise; 0 where noise alone explains the scores best
 */
export function dwellScatter(pixels: UnevenPixels, k: number, seed: number): number {
  if (k < 2) return 0;
  const { points, d, inScores, ...seen } = thinned(pixels);
  const unit = meanVariance(seen.precisions, seen.exposures);
  const variances = seen.precisions.map((precision) => scoreVariance(precision, unit));
  const explain = (scatter: number) => {
    const { weights } = classWeights(seen, inScores, scatter);
    const { labels } = cluster(points, d, k, seed, weights);
    const classed = { ...seen, labels };
    const means = classMeans(classed, weights ?? new Float64Array(labels.length).fill(1), k);
    return classLikelihood(means, classed, variances);
  };
  const noiseAlone = explain(0);
  let best = { scatter: 0, logLikelihood: noiseAlone.logLikelihood };
  for (const level of LEVELS) {
    const scatter = level * noiseAlone.scatter;
    const { logLikelihood } = explain(scatter);
    if (logLikelihood > best.logLikelihood) best = { scatter, logLikelihood };
  }
  return best.scatter;
}

function thinned(pixels: UnevenPixels): UnevenPixels {
  const { points, d, scores, dimension, precisions, exposures } = pixels;
  const step = Math.ceil(precisions.length / MOST_PIXELS) | 1;
  if (step === 1) return pixels;
  const kept = (_: number, p: number) => p % step === 0;
  return {
    ...pixels,
    points: everyOther(points, d, step),
    scores: everyOther(scores, dimension, step),
    precisions: precisions.filter(kept),
    ...(exposures && { exposures: exposures.filter(kept) }),
  };
}
