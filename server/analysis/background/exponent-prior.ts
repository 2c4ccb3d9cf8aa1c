import { middleOf } from '../math/median.ts';
import { levelOf } from './detector-level.ts';
import { findLevels } from './find-levels.ts';
import { type ExponentPrior, LEAST_EXPONENT, MAX_EXPONENT, type PowerLawFitter } from './power-law.ts';

/** Pixels below which a spread of exponents is not worth estimating. */
const FEWEST_PIXELS = 16;
/** Pixels this many deviations from the median are outliers (an x-ray in the fit window), not background. */
const OUTLIER_DEVIATIONS = 10;
/** Least standard deviation of the prior: what a scan's exponents differ by at any rate. */
const LEAST_DEVIATION = 0.02;

/**
 * Distribution of the exponents of a scan: mean, and variance corrected for counting noise. Works on the mean of x = ln
 * E over each pixel's counts, m = L/Y, which is free of bias at any number of counts (the exponent itself is not), as a
 * random-effects mean: weights 1/(v + τ²), v = g·s²/Y the noise of m, τ² by DerSimonian & Laird (Control. Clin. Trials
 * 7 (1986) 177). The means of neighbourhoods instead of the scan's (local background averaging) were tried and are
 * worse where phases have sharp borders: false presence on the simulated anode rose from 0.8 to 4.6 % (Si-L). Levels of
 * the detector in vacuum have a mean and a spread of their own (`findLevels`).
 * @param counts Y of each pixel, row-major, 0 where it is not measured
 * @param weighted Σ y·x of each pixel, as the fitter counts x
 * @param gain variance over mean of the counts
 */
export function learnExponents(
  fitter: PowerLawFitter,
  counts: Float64Array,
  weighted: Float64Array,
  gain: number,
): ExponentPrior | undefined {
  const levels = findLevels(fitter, counts, weighted, gain);
  const belongs = (pixel: number) =>
    counts[pixel] > 0 &&
    !(levels.length > 0 && levelOf(levels, counts[pixel], weighted[pixel] / counts[pixel]));
  let n = 0;
  for (let pixel = 0; pixel < counts.length; pixel++) if (belongs(pixel)) n++;
  if (n < FEWEST_PIXELS) return undefined;
  // Every array has one entry per pixel, possibly millions: use few arrays and few passes.
  const means = new Float64Array(n);
  const total = new Float64Array(n);
  for (let pixel = 0, i = 0; pixel < counts.length; pixel++) {
    if (!belongs(pixel)) continue;
    total[i] = counts[pixel];
    means[i++] = weighted[pixel] / counts[pixel];
  }
  const centre = pooled(means, total, n);
  const { variance: spread } = fitter.moments(fitter.solve(centre));
  const scale = gain * spread;
  const deviations = new Float64Array(n);
  for (let i = 0; i < n; i++) deviations[i] = (means[i] - centre) / Math.sqrt(scale / total[i]);
  const { middle, scatter: typical } = middleOf(deviations);
  const limit = OUTLIER_DEVIATIONS * Math.max(1, typical);
  let sound = 0;
  for (let i = 0; i < n; i++) {
    if (!(Math.abs(deviations[i] - middle) <= limit)) continue;
    means[sound] = means[i];
    total[sound++] = total[i];
  }
  if (sound < FEWEST_PIXELS) return undefined;
  const weights = deviations;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < sound; i++) {
    const weight = 1 / (scale / total[i]);
    weights[i] = weight;
    sum += weight;
    squares += weight * weight;
  }
  const fixed = pooled(means, weights, sound);
  let scatter = 0;
  for (let i = 0; i < sound; i++) scatter += weights[i] * (means[i] - fixed) ** 2;
  const between = Math.max(0, (scatter - (sound - 1)) / (sum - squares / sum));
  for (let i = 0; i < sound; i++) weights[i] = 1 / (scale / total[i] + between);
  const exponent = fitter.solve(pooled(means, weights, sound));
  if (exponent === LEAST_EXPONENT || exponent === MAX_EXPONENT) return undefined;
  // dm/dr = −s²
  const variance = between / fitter.moments(exponent).variance ** 2;
  const bounded = (value: number) => Math.max(value, LEAST_DEVIATION ** 2);
  return {
    mean: exponent,
    variance: bounded(variance),
    ...(levels.length > 0 && {
      levels: levels.map((s) => ({ ...s, variance: bounded(s.variance) })),
    }),
  };
}

/** Weighted mean of the first `n` values. */
function pooled(values: Float64Array, weights: Float64Array, n: number): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < n; i++) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return sum / total;
}
