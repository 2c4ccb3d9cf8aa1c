import { PlaneFft } from './fft.ts';

/**
 * Σ_x f(x)·f(x + h) of real maps, zero outside, for the lags h = (dy, dx) with 0 ≤ dy < rows and |dx| < columns (the
 * others repeat these). Each result holds `rows × (2·columns − 1)` sums, dx ascending. Two maps share a transform.
 * @param fields row-major maps, `rows × columns` each
 */
export function autocorrelations(
  fields: readonly Float64Array[],
  shape: readonly [number, number],
): Float32Array[] {
  const [rows, columns] = shape;
  const [height, width] = [powerOfTwo(2 * rows - 1), powerOfTwo(2 * columns - 1)];
  const fft = new PlaneFft(height, width);
  const re = new Float64Array(height * width);
  const im = new Float64Array(height * width);
  const results: Float32Array[] = [];
  for (let first = 0; first < fields.length; first += 2) {
    const second = fields[first + 1];
    re.fill(0, 0, rows * width);
    im.fill(0, 0, rows * width);
    for (let row = 0; row < rows; row++) {
      const [from, end] = [row * columns, (row + 1) * columns];
      re.set(fields[first].subarray(from, end), row * width);
      if (second) im.set(second.subarray(from, end), row * width);
    }
    fft.forward(re, im, rows);
    powers(re, im, fft.negated);
    fft.backward(re, im, rows);
    results.push(lags(re, shape, width, height));
    if (second) results.push(lags(im, shape, width, height));
  }
  return results;
}

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, least)));

/**
 * From the transform F of f + i·g to |F_f|² + i·|F_g|²: with G(k) the conjugate of F(−k), F_f = (F + G)/2 and
 * F_g = (F − G)/2i.
 */
function powers(
  re: Float64Array,
  im: Float64Array,
  { rows, columns }: { rows: Uint32Array; columns: Uint32Array },
): void {
  const width = columns.length;
  for (let row = 0; row < rows.length; row++) {
    const [from, mirrored] = [row * width, rows[row] * width];
    for (let column = 0; column < width; column++) {
      const p = from + column;
      const q = mirrored + columns[column];
      if (q < p) continue;
      const f = ((re[p] + re[q]) ** 2 + (im[p] - im[q]) ** 2) / 4;
      const g = ((re[p] - re[q]) ** 2 + (im[p] + im[q]) ** 2) / 4;
      re[p] = f;
      re[q] = f;
      im[p] = g;
      im[q] = g;
    }
  }
}

function lags(
  plane: Float64Array,
  [rows, columns]: readonly [number, number],
  width: number,
  height: number,
): Float32Array {
  const reach = 2 * columns - 1;
  const out = new Float32Array(rows * reach);
  const scale = 1 / (width * height);
  for (let dy = 0; dy < rows; dy++)
    for (let dx = 1 - columns; dx < columns; dx++)
      out[dy * reach + dx + columns - 1] = plane[dy * width + ((dx + width) % width)] * scale;
  return out;
}
