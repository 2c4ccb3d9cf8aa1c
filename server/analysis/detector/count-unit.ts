import type { DType } from '../../../protocol/index.ts';
import { median } from '../math/median.ts';

/**
 * Value of one count in the samples of a scan. Integers are counts; samples in floating point may have any scale
 * (divided by the largest, by the dose, by a gain), and nothing may depend on it.
 */
export interface CountUnit {
  /** About the variance over mean of a sample. */
  one: number;
  /** A variance over mean below this is rounding, not noise. */
  least: number;
}

/** Of integers. */
export const COUNTS: CountUnit = { one: 1, least: 1e-6 };

/** Least variance over mean as a share of the mean sample: some times what float32 rounds off. */
const ROUNDING = 1e-9;
/** Median of the square of a normal deviate. */
const MEDIAN_SQUARE = 0.455;
/** Of so many channels at least. */
const FEWEST = 8;

export const isScaled = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f64';

/**
 * The unit of some spectra by themselves: the median over the channels of (y₋ − 2y + y₊)² / 6ȳ, ȳ the mean of the
 * three, which for independent counting noise is 0.455 of the variance over mean. Correlated noise makes it too small,
 * one-channel structure too large: it gives a scale, not the gain.
 * @param spectra rows × width, finite
 * @returns undefined with too little data
 */
export function countUnit(spectra: Float32Array, width: number): CountUnit | undefined {
  const ratios = new Float64Array(spectra.length);
  let n = 0;
  let sum = 0;
  for (let row = 0; row < spectra.length; row += width)
    for (let i = row + 1; i < row + width - 1; i++) {
      const [before, own, after] = [spectra[i - 1], spectra[i], spectra[i + 1]];
      const mean = (before + own + after) / 3;
      if (!(mean > 0 && mean < Number.POSITIVE_INFINITY)) continue;
      sum += mean;
      ratios[n++] = (before - 2 * own + after) ** 2 / (6 * mean);
    }
  if (n < FEWEST) return undefined;
  const least = (ROUNDING * sum) / n;
  return { one: Math.max(median(ratios.subarray(0, n)) / MEDIAN_SQUARE, least), least };
}
