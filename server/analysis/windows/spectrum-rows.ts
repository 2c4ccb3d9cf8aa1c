/** Twin of `rowTotals` in server/kernels/assembly/rows.ts: channels 0, 4, 8 … are summed apart, as its lanes are. */
export function rowTotals(
  samples: Float32Array,
  rows: number,
  width: number,
  totals: Float64Array,
  least: Float32Array,
  most: Float32Array,
): void {
  const whole = width - (width % 4);
  for (let row = 0; row < rows; row++) {
    const from = row * width;
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let i = from; i < from + whole; i += 4) {
      a += samples[i];
      b += samples[i + 1];
      c += samples[i + 2];
      d += samples[i + 3];
    }
    let total = a + c + (b + d);
    for (let i = from + whole; i < from + width; i++) total += samples[i];
    let smallest = 0;
    let largest = 0;
    for (let i = from; i < from + width; i++) {
      if (samples[i] < smallest) smallest = samples[i];
      if (samples[i] > largest) largest = samples[i];
    }
    totals[row] = total;
    least[row] = smallest;
    most[row] = largest;
  }
}

/** Twin of `addRows` in server/kernels/assembly/rows.ts: adds spectra to the sums of their channels, one after the other. */
export function addRows(samples: Float32Array, rows: number, width: number, sums: Float64Array): void {
  for (let row = 0, at = 0; row < rows; row++) for (let i = 0; i < width; i++, at++) sums[i] += samples[at];
}

/** Twin of `rowMoments` in server/kernels/assembly/rows.ts. */
export function rowMoments(
  samples: Float32Array,
  rows: number,
  width: number,
  weights: Float64Array,
  channels: number,
  moments: Float64Array,
): void {
  for (let row = 0; row < rows; row++) {
    let [m0, m1, m2] = [0, 0, 0];
    for (let i = 0; i < channels; i++) {
      const y = samples[row * width + i];
      m0 += y * weights[3 * i];
      m1 += y * weights[3 * i + 1];
      m2 += y * weights[3 * i + 2];
    }
    moments.set([m0, m1, m2], 3 * row);
  }
}
