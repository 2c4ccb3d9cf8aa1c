import type { PowerLaw } from './power-law.ts';

/**
 * Power law from the counts in the two halves of the fit window (Egerton 2011, eq. 4.49): r = 2 ln(I₁/I₂) / ln(E₂/E₁)
 * and A = (1 − r)·I₂ / (E₂^(1−r) − E_m^(1−r)), E₁, E_m, E₂ the borders of the halves. Known as the fast estimate in
 * other programs; the formula for r is itself an approximation, good to some hundredths.
 * @param x ln E of consecutive channels relative to any pivot, rising; `amplitude` is that at the pivot
 * @param y counts
 * @param gain variance over mean of the counts
 */
export function twoArea(
  x: Float64Array,
  y: Float64Array,
  gain: number,
): Pick<PowerLaw, 'exponent' | 'amplitude' | 'exponentVariance'> {
  const half = y.length >> 1;
  const end = 2 * half;
  let first = 0;
  let second = 0;
  for (let i = 0; i < half; i++) first += y[i];
  for (let i = half; i < end; i++) second += y[i];
  // Borders lie half a channel outside the centres; energies in units of the pivot's.
  const width = (Math.exp(x[end - 1]) - Math.exp(x[0])) / (end - 1);
  const low = Math.exp(x[0]) - width / 2;
  const middle = Math.exp(x[half]) - width / 2;
  const high = Math.exp(x[end - 1]) + width / 2;
  const range = Math.log(high / low);
  const exponent =
    first > 0 && second > 0
      ? (2 * Math.log(first / second)) / range
      : first > 0
        ? Number.POSITIVE_INFINITY
        : Number.NEGATIVE_INFINITY;
  const k = 1 - exponent;
  const integral = Math.abs(k) < 1e-9 ? Math.log(high / middle) : (high ** k - middle ** k) / k;
  return {
    exponent,
    // Counts of a channel are the density times its width.
    amplitude: (second * width) / integral,
    exponentVariance: (4 * gain * (1 / Math.max(first, gain) + 1 / Math.max(second, gain))) / range ** 2,
  };
}
