import { type ExponentPrior, FEW_COUNTS, type PowerLawFitter } from './power-law.ts';

/** Pixels below which a spread of exponents is not worth estimating. */
const FEWEST_PIXELS = 16;

/**
 * What exponents a scan has: mean of the pixels' estimates, and their spread less what the noise of the estimates
 * explains. The means of neighbourhoods instead of the scan's (local background averaging) were tried and are worse where
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
  const exponents: number[] = [];
  let expected = 0;
  for (let pixel = 0; pixel < counts.length; pixel++) {
    if (!(counts[pixel] >= FEW_COUNTS)) continue;
    const { exponent, variance, clamped } = fitter.estimate(counts[pixel], weighted[pixel], gain);
    if (clamped) continue;
    exponents.push(exponent);
    expected += variance;
  }
  const n = exponents.length;
  if (n < FEWEST_PIXELS) return undefined;
  expected /= n;
  const mean = exponents.reduce((sum, value) => sum + value, 0) / n;
  const scatter = exponents.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1);
  return { mean, variance: Math.max(scatter - expected, 0.01 * expected) };
}
