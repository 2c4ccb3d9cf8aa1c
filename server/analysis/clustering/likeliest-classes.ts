import { meanVariance, scoreVariance } from '../decomposition/score-noise.ts';
import { hash32 } from '../math/random.ts';
import { type ClassLikelihood, classLikelihood, classMeans } from './class-likelihood.ts';
import { classWeights, type WeighedPixels } from './class-weights.ts';
import { bestOf, everyOther, SEED_POINTS } from './kmeans.ts';

/** Pixels exposed unequally, and the points to cluster. */
export interface UnevenPixels extends WeighedPixels {
  /** n × d: places in the embedding, or the scores. */
  points: Float32Array;
  d: number;
  /** Whether the points are the scores. */
  inScores: boolean;
  /** Whitened scores of the same pixels, n × dimension. */
  scores: Float32Array;
  dimension: number;
}

/** Classes of pixels that are exposed unequally. */
export interface LikeliestClasses {
  /** Scatter that the weights of pixels follow from, in units of the mean noise; 0 where noise alone sets them. */
  scatter: number;
  /** k × d, as found in a part of the pixels. */
  centres: Float64Array;
}

/** Scatters that are tried, in units of the mean scatter of the classes over all directions. */
const LEVELS = [1, 2, 4];
const STARTS = 10;
const ITERATIONS = 40;

/**
 * The classes, and with them the weights, that make the scores most likely. The scatter that weights should follow from
 * (`dwellGain`) is that along the lines in which classes are divided: above the mean over all directions, and unknown
 * before the classes are. So k-means is started with weights that noise alone sets, and with those of a few scatters.
 * The k-means sum of squares cannot compare them, since it depends on the weights; nor can it compare starts: where
 * noise dominates, dividing a large class that was exposed for long reduces it as much as separating two phases.
 * @param k number of classes, at least 2
 */
export function likeliestClasses(pixels: UnevenPixels, k: number, seed: number): LikeliestClasses {
  const { points, d, inScores, ...seen } = thinned(pixels);
  const unit = meanVariance(seen.precisions, seen.exposures);
  const variances = seen.precisions.map((precision) => scoreVariance(precision, unit));
  const likeliest = (scatter: number) => {
    const { weights } = classWeights(seen, inScores, scatter);
    const all = weights ?? new Float64Array(variances.length).fill(1);
    let best: (ClassLikelihood & { centres: Float64Array }) | undefined;
    for (let start = 0; start < STARTS; start++) {
      const { centres, labels } = bestOf(1, points, d, k, hash32(seed, start), ITERATIONS, weights);
      const classed = { ...seen, labels };
      const found = classLikelihood(classMeans(classed, all, k), classed, variances);
      if (!best || found.logLikelihood > best.logLikelihood) best = { ...found, centres };
    }
    return best as ClassLikelihood & { centres: Float64Array };
  };
  const ofNoise = likeliest(0);
  let best = { ...ofNoise, scatter: 0 };
  for (const level of LEVELS) {
    const scatter = level * ofNoise.scatter;
    const found = likeliest(scatter);
    if (found.logLikelihood > best.logLikelihood) best = { ...found, scatter };
  }
  return { scatter: best.scatter, centres: best.centres };
}

/** Enough pixels to start from. */
function thinned(pixels: UnevenPixels): UnevenPixels {
  const { points, d, scores, dimension, precisions, exposures } = pixels;
  const step = Math.ceil(precisions.length / SEED_POINTS);
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
