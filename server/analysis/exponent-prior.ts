import { median } from './median.ts';
import { type ExponentPrior, MAX_EXPONENT, MIN_EXPONENT, type PowerLawFitter } from './power-law.ts';

/** Pixels below which a spread of exponents is not worth estimating. */
const FEWEST_PIXELS = 16;
/** Pixels this many deviations from the median are spoilt (an x-ray in the fit window), not background. */
const SPOILT = 10;
/** Least standard deviation of the prior: what a scan's exponents differ by at any rate. */
const LEAST_DEVIATION = 0.02;

/**
 * What exponents a scan has: their mean, and their spread less what the noise of the counts explains. Works on the mean
 * of x = ln E over each pixel's counts, m = L/Y, which is free of bias at any number of counts (the exponent itself is not), as
 * a random-effects mean: weights 1/(v + τ²), v = g·s²/Y the noise of m, τ² by DerSimonian & Laird (Control. Clin. Trials 7
 * (1986) 177). The means of neighbourhoods instead of the scan's (local background averaging) were tried and are worse where
 * phases have sharp borders: false presence on the simulated anode rose from 0.8 to 4.6 % (Si-L).
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
  let total = counts.filter((y) => y > 0);
  if (total.length < FEWEST_PIXELS) return undefined;
  let means = weighted.filter((_, pixel) => counts[pixel] > 0).map((sum, i) => sum / total[i]);
  const centre = pooled(means, total);
  const { variance: spread } = fitter.moments(fitter.solve(centre));
  const deviations = means.map((mean, i) => (mean - centre) / Math.sqrt((gain * spread) / total[i]));
  const middle = median(deviations);
  const limit = SPOILT * Math.max(1, 1.4826 * median(deviations.map((z) => Math.abs(z - middle))));
  const sound = (_: number, i: number) => Math.abs(deviations[i] - middle) <= limit;
  means = means.filter(sound);
  total = total.filter(sound);
  const n = means.length;
  if (n < FEWEST_PIXELS) return undefined;
  const noise = total.map((y) => (gain * spread) / y);
  const weights = noise.map((v) => 1 / v);
  const sum = weights.reduce((a, b) => a + b, 0);
  const squares = weights.reduce((a, b) => a + b * b, 0);
  const fixed = pooled(means, weights);
  const scatter = means.reduce((a, m, i) => a + weights[i] * (m - fixed) ** 2, 0);
  const between = Math.max(0, (scatter - (n - 1)) / (sum - squares / sum));
  const exponent = fitter.solve(
    pooled(
      means,
      noise.map((v) => 1 / (v + between)),
    ),
  );
  if (exponent === MIN_EXPONENT || exponent === MAX_EXPONENT) return undefined;
  // dm/dr = −s²
  const variance = between / fitter.moments(exponent).variance ** 2;
  return { mean: exponent, variance: Math.max(variance, LEAST_DEVIATION ** 2) };
}

function pooled(values: Float64Array, weights: Float64Array): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    sum += weights[i] * values[i];
    total += weights[i];
  }
  return sum / total;
}
