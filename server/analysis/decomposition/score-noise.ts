import type { EdgeSignals } from '../background/edge-signal.ts';

/**
 * How exactly the normalised net spectrum of a pixel is known: one over the variance of its sum. Thin pixels and short
 * dwells have little weight; in units of their mean variance the scores have noise 1 (pca.ts makes it white).
 */
export function scorePrecision({ fitCounts, snr, intensity }: EdgeSignals, row: number): number {
  const precision = (fitCounts[row] * snr[row]) / intensity[row];
  return Number.isFinite(precision) ? precision * precision : 0;
}

/**
 * Mean of 1/precision over pixels that have one; 1 when none has.
 * @param exposures what each pixel counts for in the covariance that makes noise white; default: equal weights
 */
export function meanVariance(precisions: Float64Array, exposures?: ArrayLike<number>): number {
  let sum = 0;
  let n = 0;
  for (let p = 0; p < precisions.length; p++) {
    const precision = precisions[p];
    if (!(precision > 0)) continue;
    const weight = exposures?.[p] ?? 1;
    sum += weight / precision;
    n += weight;
  }
  return n > 0 ? sum / n : 1;
}

/** Variance of a pixel's scores in one direction, in units of the scan's mean; infinite for a pixel without precision. */
export const scoreVariance = (precision: number, mean: number): number => 1 / (precision * mean);
