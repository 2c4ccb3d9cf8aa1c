import type { Random } from '../../server/analysis/math/random.ts';

/** White noise blurred with a Gaussian of `sigma` pixels, cut from a wider field so that no border is special. */
function smoothField(
  [rows, columns]: readonly [number, number],
  sigma: number,
  random: Random,
): Float64Array {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const reach = Math.ceil(4 * sigma);
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, k) =>
    sigma > 0 ? Math.exp(-0.5 * ((k - reach) / sigma) ** 2) : 1,
  );
  // So that white noise keeps its variance, and fields can be mixed.
  const norm = Math.hypot(...kernel);
  const [height, width] = [rows + 2 * reach, columns + 2 * reach];
  const noise = Float64Array.from({ length: height * width }, normal);
  const across = new Float64Array(height * columns);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += kernel[k] * noise[y * width + x + k];
      across[y * columns + x] = sum / norm;
    }
  const field = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < kernel.length; k++) sum += kernel[k] * across[(y + k) * columns + x];
      field[y * columns + x] = sum / norm;
    }
  return field;
}

/**
 * Two maps of blobs, each pixel the largest of `classes` smooth fields; the fields of the second share `rho` with those
 * of the first (0: unrelated).
 */
export function smoothLabelPair(
  shape: readonly [number, number],
  sigma: number,
  classes: number,
  rho: number,
  random: Random,
): [Int16Array, Int16Array] {
  const fields = () => Array.from({ length: classes }, () => smoothField(shape, sigma, random));
  const first = fields();
  const second = fields().map((field, k) =>
    field.map((value, i) => rho * first[k][i] + Math.sqrt(1 - rho * rho) * value),
  );
  const largest = (of: Float64Array[]) =>
    Int16Array.from({ length: shape[0] * shape[1] }, (_, i) => {
      let best = 0;
      for (let k = 1; k < classes; k++) if (of[k][i] > of[best][i]) best = k;
      return best;
    });
  return [largest(first), largest(second)];
}

/** The same map of a scan of which only `share` of the rows has been scanned. */
export const scannedPart = (map: Int16Array, [rows, columns]: readonly [number, number], share: number) =>
  map.map((label, i) => (i < Math.floor(rows * share) * columns ? label : -2));
