/** Half-width of the kernel in standard deviations. */
const REACH = 3;

/** Half-width of a Gaussian kernel of `sigma` pixels. */
const smoothReach = (sigma: number): number => Math.ceil(REACH * sigma);

/** Weights of a Gaussian, from −reach to reach, Σ = 1. */
function kernelOf(sigma: number): Float64Array {
  const reach = smoothReach(sigma);
  const kernel = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / sigma) ** 2),
  );
  const sum = kernel.reduce((total, weight) => total + weight, 0);
  return kernel.map((weight) => weight / sum);
}

/** Factor by which smoothing reduces the variance of white noise: Σ of the squared weights. */
export function noiseLeft(sigma: number): number {
  const along = kernelOf(sigma).reduce((sum, weight) => sum + weight * weight, 0);
  return along * along;
}

/**
 * A map smoothed by a Gaussian; pixels without a value (NaN) take no part, and get none.
 * @param map row-major
 * @param sigma pixels
 */
export function smoothMap(
  map: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  sigma: number,
): Float64Array {
  const kernel = kernelOf(sigma);
  const values = new Float64Array(rows * columns);
  const known = new Float64Array(rows * columns);
  for (let p = 0; p < values.length; p++) {
    if (Number.isNaN(map[p])) continue;
    values[p] = map[p];
    known[p] = 1;
  }
  const sums = along(along(values, rows, columns, columns, 1, kernel), columns, rows, 1, columns, kernel);
  const weights = along(along(known, rows, columns, columns, 1, kernel), columns, rows, 1, columns, kernel);
  return sums.map((sum, p) => (known[p] ? sum / weights[p] : Number.NaN));
}

/** Convolves `lines` lines, `lineStride` apart, of `length` samples `stride` apart. */
function along(
  from: Float64Array,
  lines: number,
  length: number,
  lineStride: number,
  stride: number,
  kernel: Float64Array,
): Float64Array {
  const reach = (kernel.length - 1) / 2;
  const out = new Float64Array(from.length);
  for (let line = 0; line < lines; line++)
    for (let at = 0; at < length; at++) {
      let sum = 0;
      const [low, high] = [Math.max(0, at - reach), Math.min(length - 1, at + reach)];
      for (let i = low; i <= high; i++) sum += kernel[i - at + reach] * from[line * lineStride + i * stride];
      out[line * lineStride + at * stride] = sum;
    }
  return out;
}
