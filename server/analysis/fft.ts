/** Columns of the scratch that go through the butterflies together: inner loops stay long and in cache. */
const LANES = 16;

/** cos and sin of −2πk/n, k < n/2. */
const twiddles = (n: number) => ({
  cos: Float64Array.from({ length: n / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / n)),
  sin: Float64Array.from({ length: n / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / n)),
});

/** Where index −k stands when indices are in bit-reversed order. */
function negated(n: number): Uint32Array {
  const bits = Math.log2(n);
  const reversed = (index: number) => {
    let result = 0;
    for (let bit = 0; bit < bits; bit++) if (index & (1 << bit)) result |= 1 << (bits - 1 - bit);
    return result;
  };
  return Uint32Array.from({ length: n }, (_, position) => reversed((n - reversed(position)) % n));
}

type Axis = ReturnType<typeof twiddles> & { n: number; negated: Uint32Array };
const axis = (n: number): Axis => ({ n, negated: negated(n), ...twiddles(n) });

/**
 * Fast Fourier transforms of one size of complex planes, sides powers of two (Cooley and Tukey 1965; decimation in
 * frequency forwards and in time backwards). Frequencies stand in bit-reversed order, which serves wherever spectra are
 * only multiplied point by point. The backward transform is not divided by the number of samples.
 */
export class PlaneFft {
  readonly #rows: Axis;
  readonly #columns: Axis;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  constructor(rows: number, columns: number) {
    this.#rows = axis(rows);
    this.#columns = axis(columns);
    this.#re = new Float64Array(Math.max(rows, columns) * LANES);
    this.#im = new Float64Array(Math.max(rows, columns) * LANES);
  }

  /** For each row and column of a spectrum, the one that holds the negated frequency. */
  get negated(): { rows: Uint32Array; columns: Uint32Array } {
    return { rows: this.#rows.negated, columns: this.#columns.negated };
  }

  /** In place. @param used rows from here on are zero */
  forward(re: Float64Array, im: Float64Array, used: number): void {
    for (let row = 0; row < used; row += LANES) this.#alongRows(re, im, row, true);
    for (let column = 0; column < this.#columns.n; column += LANES) this.#alongColumns(re, im, column, true);
  }

  /** In place. @param wanted rows from here on are left undefined */
  backward(re: Float64Array, im: Float64Array, wanted: number): void {
    for (let column = 0; column < this.#columns.n; column += LANES) this.#alongColumns(re, im, column, false);
    for (let row = 0; row < wanted; row += LANES) this.#alongRows(re, im, row, false);
  }

  #alongRows(re: Float64Array, im: Float64Array, first: number, forward: boolean): void {
    const width = this.#columns.n;
    const lanes = Math.min(LANES, this.#rows.n - first);
    for (let lane = 0; lane < lanes; lane++) {
      const from = (first + lane) * width;
      for (let i = 0; i < width; i++) {
        this.#re[i * LANES + lane] = re[from + i];
        this.#im[i * LANES + lane] = im[from + i];
      }
    }
    transform(this.#re, this.#im, this.#columns, forward);
    for (let lane = 0; lane < lanes; lane++) {
      const to = (first + lane) * width;
      for (let i = 0; i < width; i++) {
        re[to + i] = this.#re[i * LANES + lane];
        im[to + i] = this.#im[i * LANES + lane];
      }
    }
  }

  #alongColumns(re: Float64Array, im: Float64Array, first: number, forward: boolean): void {
    const width = this.#columns.n;
    const lanes = Math.min(LANES, width - first);
    for (let i = 0; i < this.#rows.n; i++)
      for (let lane = 0; lane < lanes; lane++) {
        this.#re[i * LANES + lane] = re[i * width + first + lane];
        this.#im[i * LANES + lane] = im[i * width + first + lane];
      }
    transform(this.#re, this.#im, this.#rows, forward);
    for (let i = 0; i < this.#rows.n; i++)
      for (let lane = 0; lane < lanes; lane++) {
        re[i * width + first + lane] = this.#re[i * LANES + lane];
        im[i * width + first + lane] = this.#im[i * LANES + lane];
      }
  }
}

function transform(re: Float64Array, im: Float64Array, along: Axis, forward: boolean): void {
  const { n } = along;
  if (forward) for (let half = n / 2; half >= 1; half /= 2) forwardStage(re, im, along, half);
  else for (let half = 1; half < n; half *= 2) backwardStage(re, im, along, half);
}

function forwardStage(re: Float64Array, im: Float64Array, { n, cos, sin }: Axis, half: number): void {
  const stride = n / (2 * half);
  for (let j = 0; j < half; j++) {
    const c = cos[j * stride];
    const s = sin[j * stride];
    for (let block = j; block < n; block += 2 * half)
      for (let p = block * LANES, q = (block + half) * LANES, end = p + LANES; p < end; p++, q++) {
        const re0 = re[p];
        const im0 = im[p];
        const dRe = re0 - re[q];
        const dIm = im0 - im[q];
        re[p] = re0 + re[q];
        im[p] = im0 + im[q];
        re[q] = dRe * c - dIm * s;
        im[q] = dRe * s + dIm * c;
      }
  }
}

function backwardStage(re: Float64Array, im: Float64Array, { n, cos, sin }: Axis, half: number): void {
  const stride = n / (2 * half);
  for (let j = 0; j < half; j++) {
    const c = cos[j * stride];
    const s = -sin[j * stride];
    for (let block = j; block < n; block += 2 * half)
      for (let p = block * LANES, q = (block + half) * LANES, end = p + LANES; p < end; p++, q++) {
        const vRe = re[q] * c - im[q] * s;
        const vIm = re[q] * s + im[q] * c;
        re[q] = re[p] - vRe;
        im[q] = im[p] - vIm;
        re[p] += vRe;
        im[p] += vIm;
      }
  }
}
