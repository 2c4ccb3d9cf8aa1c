import type { PowerLaw } from './power-law.ts';

/**
 * Power law by ordinary least squares of ln(y + g/2) over x = ln E: the textbook method (Egerton 2011, §4.4.1), half an
 * electron added so that channels without counts stay in. Biased where counts are few: test/science/background.ts.
 * @param x ln E relative to any pivot; `amplitude` is that at the pivot
 * @param y counts; negative ones count as 0
 * @param gain variance over mean of the counts
 */
export function logLinear(
  x: Float64Array,
  y: Float64Array,
  gain: number,
): Pick<PowerLaw, 'exponent' | 'amplitude' | 'exponentVariance'> {
  const n = x.length;
  const logs = y.map((value) => Math.log(Math.max(value, 0) + gain / 2));
  const meanX = x.reduce((sum, value) => sum + value, 0) / n;
  const meanLog = logs.reduce((sum, value) => sum + value, 0) / n;
  let squares = 0;
  let product = 0;
  for (let i = 0; i < n; i++) {
    squares += (x[i] - meanX) ** 2;
    product += (x[i] - meanX) * (logs[i] - meanLog);
  }
  const exponent = -product / squares;
  const amplitude = Math.exp(meanLog + exponent * meanX);
  // ∂r/∂y_i = −(x_i − x̄)/(S λ_i), Var(y_i) = g λ_i.
  let variance = 0;
  for (let i = 0; i < n; i++)
    variance += (gain * (x[i] - meanX) ** 2) / Math.max(amplitude * Math.exp(-exponent * x[i]), gain / 2);
  return { exponent, amplitude, exponentVariance: variance / squares ** 2 };
}
