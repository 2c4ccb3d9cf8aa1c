import { LANES, LaneFft, type Samples } from '../math/fft.ts';

const samples = (length: number): Samples => ({
  re: new Float64Array(length),
  im: new Float64Array(length),
});
const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, least)));

/**
 * Autocorrelations of real maps of one shape, by transforms that two maps share. The maps being real, columns of
 * frequencies are needed from 0 to the middle only; spectra being real and symmetric, the way back gives the lags
 * (−dy, k), which stand for (dy, −k), in the same transform as (dy, k). Between the ways along rows nothing but these
 * half planes is kept; all memory is that of the constructor.
 * By fft.js it takes twice as long (`npm run bench -- libraries` times the transforms alone).
 */
export class Autocorrelator {
  readonly #shape: readonly [number, number];
  readonly #alongRow: LaneFft;
  readonly #alongColumn: LaneFft;
  /**
   * LANES columns at a time, `rows × LANES` each: of two maps the transforms along rows; after the way along columns
   * the lags dy and −dy of both maps together.
   */
  readonly #planes: [Samples, Samples];
  readonly #columnBlocks: number;

  constructor(shape: readonly [number, number]) {
    const [rows, columns] = shape;
    this.#shape = shape;
    this.#alongRow = new LaneFft(powerOfTwo(2 * columns - 1), 1);
    this.#alongColumn = new LaneFft(powerOfTwo(2 * rows - 1), 2);
    this.#columnBlocks = Math.ceil((Math.floor(this.#alongRow.length / 2) + 1) / LANES);
    this.#planes = [samples(this.#columnBlocks * rows * LANES), samples(this.#columnBlocks * rows * LANES)];
  }

  /**
   * Σ_x f(x)·f(x + h) of each map, zero outside, for the lags h = (dy, dx) with 0 ≤ dy < rows and |dx| < columns (the
   * others repeat these). Each result holds `rows × (2·columns − 1)` sums, dx ascending.
   * @param read writes a map, row-major, into `out`
   */
  all(count: number, read: (map: number, out: Float64Array) => void): Float32Array[] {
    const [rows, columns] = this.#shape;
    const pair: [Float64Array, Float64Array] = [
      new Float64Array(rows * columns),
      new Float64Array(rows * columns),
    ];
    const results: Float32Array[] = [];
    for (let first = 0; first < count; first += 2) {
      read(first, pair[0]);
      if (first + 1 < count) read(first + 1, pair[1]);
      else pair[1].fill(0);
      const out = pair.slice(0, count - first).map(() => new Float32Array(rows * (2 * columns - 1)));
      for (let y = 0; y < rows; y += LANES) this.#rowsForward(pair, y);
      for (let block = 0; block < this.#columnBlocks; block++) this.#columnsThereAndBack(block);
      for (let dy = 0; dy < rows; dy += LANES) this.#rowsBackward(dy, out);
      results.push(...out);
    }
    return results;
  }

  /** From rows of f + i·g to twice the half planes of F and G: F = (H + H̄')/2, G = (H − H̄')/2i, H' at −k. */
  #rowsForward([f, g]: readonly [Float64Array, Float64Array], first: number): void {
    const [rows, columns] = this.#shape;
    const { length, place } = this.#alongRow;
    const [{ re, im }] = this.#alongRow.samples;
    const lanes = Math.min(LANES, rows - first);
    for (let lane = 0; lane < lanes; lane++)
      for (let x = 0, from = (first + lane) * columns; x < columns; x++) {
        re[x * LANES + lane] = f[from + x];
        im[x * LANES + lane] = g[from + x];
      }
    re.fill(0, columns * LANES, Math.max(columns, length / 2) * LANES);
    im.fill(0, columns * LANES, Math.max(columns, length / 2) * LANES);
    this.#alongRow.forwardPadded(0);
    const [planeF, planeG] = this.#planes;
    for (let k = 0; k <= length / 2; k++) {
      const p = place[k] * LANES;
      const q = place[(length - k) % length] * LANES;
      let to = this.#at(k, first);
      for (let lane = 0; lane < lanes; lane++, to += LANES) {
        const [hRe, hIm, mRe, mIm] = [re[p + lane], im[p + lane], re[q + lane], im[q + lane]];
        planeF.re[to] = hRe + mRe;
        planeF.im[to] = hIm - mIm;
        planeG.re[to] = hIm + mIm;
        planeG.im[to] = mRe - hRe;
      }
    }
  }

  /** From F and G along rows to the lags dy, and −dy, of |F|² + i·|G|² (times four). */
  #columnsThereAndBack(block: number): void {
    const [rows] = this.#shape;
    const { length } = this.#alongColumn;
    const [from, end] = [block * rows * LANES, (block + 1) * rows * LANES];
    for (const [which, { re, im }] of this.#alongColumn.samples.entries()) {
      const plane = this.#planes[which];
      re.set(plane.re.subarray(from, end));
      im.set(plane.im.subarray(from, end));
      re.fill(0, end - from, Math.max(rows, length / 2) * LANES);
      im.fill(0, end - from, Math.max(rows, length / 2) * LANES);
      this.#alongColumn.forwardPadded(which);
    }
    const [{ re, im }, other] = this.#alongColumn.samples;
    for (let i = 0; i < re.length; i++) {
      re[i] = re[i] * re[i] + im[i] * im[i];
      im[i] = other.re[i] * other.re[i] + other.im[i] * other.im[i];
    }
    this.#alongColumn.backward(0);
    const [forth, back] = this.#planes;
    forth.re.set(re.subarray(0, end - from), from);
    forth.im.set(im.subarray(0, end - from), from);
    for (let dy = 0; dy < rows; dy++) {
      const mirrored = ((length - dy) % length) * LANES;
      for (let lane = 0; lane < LANES; lane++) {
        back.re[from + dy * LANES + lane] = re[mirrored + lane];
        back.im[from + dy * LANES + lane] = im[mirrored + lane];
      }
    }
  }

  #rowsBackward(first: number, out: readonly Float32Array[]): void {
    const [rows, columns] = this.#shape;
    const { length, place } = this.#alongRow;
    const [{ re, im }] = this.#alongRow.samples;
    const [forth, back] = this.#planes;
    const lanes = Math.min(LANES, rows - first);
    for (let k = 0; k <= length / 2; k++) {
      const p = place[k] * LANES;
      const q = place[(length - k) % length] * LANES;
      let from = this.#at(k, first);
      for (let lane = 0; lane < lanes; lane++, from += LANES) {
        re[q + lane] = back.re[from];
        im[q + lane] = back.im[from];
        re[p + lane] = forth.re[from];
        im[p + lane] = forth.im[from];
      }
    }
    this.#alongRow.backward(0);
    const reach = 2 * columns - 1;
    const scale = 1 / (4 * length * this.#alongColumn.length);
    for (const [which, sums] of out.entries()) {
      const part = which === 0 ? re : im;
      for (let lane = 0; lane < lanes; lane++) {
        const middle = (first + lane) * reach + columns - 1;
        for (let dx = 0; dx < columns; dx++) sums[middle + dx] = part[dx * LANES + lane] * scale;
        for (let dx = 1; dx < columns; dx++) sums[middle - dx] = part[(length - dx) * LANES + lane] * scale;
      }
    }
  }

  /** Place of column k in row y of a half plane. */
  #at(k: number, y: number): number {
    return (Math.floor(k / LANES) * this.#shape[0] + y) * LANES + (k % LANES);
  }
}
