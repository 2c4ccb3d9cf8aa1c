import { exponential } from '../math/exponential.ts';

/** Twin of `powerLaws` in server/kernels/assembly/power-law.ts. */
export function powerLaws(
  x: Float64Array,
  shape: Float64Array,
  first: number,
  pairs: number,
  scales: Float64Array,
  rows: number,
  laws: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const amplitude = scales[2 * row];
    const exponent = scales[2 * row + 1];
    const law = 2 * row * pairs;
    for (let i = 2 * first; i < 2 * pairs; i++)
      laws[law + i] = amplitude * shape[i] * exponential(x[i] * -exponent);
  }
}

/** Twin of `netRows` in server/kernels/assembly/power-law.ts. */
export function netRows(
  samples: Float32Array,
  rows: number,
  width: number,
  laws: Float64Array,
  stride: number,
  from: number,
  group: number,
  features: number,
  divisors: Float64Array,
  net: Float32Array,
  intensities: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    const divisor = divisors[row];
    let sample = row * width + from;
    let law = row * stride + from;
    let sum = 0;
    for (let feature = row * features; feature < (row + 1) * features; feature++) {
      net[feature] = 0;
      for (let n = 0; n < group; n++, sample++, law++) {
        const above = samples[sample] - laws[law];
        sum += above;
        net[feature] += above / divisor;
      }
    }
    for (; sample < (row + 1) * width; sample++, law++) sum += samples[sample] - laws[law];
    intensities[row] = sum;
  }
}
