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

/** One part of a complex plane, row-major. */
export type Plane = Float64Array;

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

  /** In place. @param used rows from here on count as zero, whatever they hold */
  forward(re: Plane, im: Plane, used: number): void {
    for (let row = 0; row < used; row += LANES) this.#alongRows(re, im, row, true);
    for (let column = 0; column < this.#columns.n; column += LANES)
      this.#alongColumns(re, im, column, { from: used, to: this.#rows.n, forward: true });
  }

  /** In place. @param wanted rows from here on are left undefined */
  backward(re: Plane, im: Plane, wanted: number): void {
    for (let column = 0; column < this.#columns.n; column += LANES)
      this.#alongColumns(re, im, column, { from: this.#rows.n, to: wanted, forward: false });
    for (let row = 0; row < wanted; row += LANES) this.#alongRows(re, im, row, false);
  }

  #alongRows(re: Plane, im: Plane, first: number, forward: boolean): void {
    const width = this.#columns.n;
    const lanes = Math.min(LANES, this.#rows.n - first);
    const [sRe, sIm] = [this.#re, this.#im];
    for (let lane = 0; lane < lanes; lane++) {
      const from = (first + lane) * width;
      for (let i = 0; i < width; i++) {
        sRe[i * LANES + lane] = re[from + i];
        sIm[i * LANES + lane] = im[from + i];
      }
    }
    transform(sRe, sIm, this.#columns, forward);
    for (let lane = 0; lane < lanes; lane++) {
      const to = (first + lane) * width;
      for (let i = 0; i < width; i++) {
        re[to + i] = sRe[i * LANES + lane];
        im[to + i] = sIm[i * LANES + lane];
      }
    }
  }

  /** Reads the rows before `from`, the others being zero, and writes those before `to`. */
  #alongColumns(
    re: Plane,
    im: Plane,
    first: number,
    { from, to, forward }: { from: number; to: number; forward: boolean },
  ): void {
    const width = this.#columns.n;
    const lanes = Math.min(LANES, width - first);
    const [sRe, sIm] = [this.#re, this.#im];
    for (let i = 0, at = first, put = 0; i < from; i++, at += width, put += LANES)
      for (let lane = 0; lane < lanes; lane++) {
        sRe[put + lane] = re[at + lane];
        sIm[put + lane] = im[at + lane];
      }
    sRe.fill(0, from * LANES, this.#rows.n * LANES);
    sIm.fill(0, from * LANES, this.#rows.n * LANES);
    transform(sRe, sIm, this.#rows, forward);
    for (let i = 0, at = first, put = 0; i < to; i++, at += width, put += LANES)
      for (let lane = 0; lane < lanes; lane++) {
        re[at + lane] = sRe[put + lane];
        im[at + lane] = sIm[put + lane];
      }
  }
}

function transform(re: Float64Array, im: Float64Array, along: Axis, forward: boolean): void {
  const { n } = along;
  // Two stages at a time halve the way through memory; an odd one is left where it is alone.
  const odd = Math.log2(n) % 2 === 1;
  if (forward) {
    for (let half = n / 2; half >= 2; half /= 4) forwardStages(re, im, along, half);
    if (odd) lastStage(re, im, n);
  } else {
    if (odd) lastStage(re, im, n);
    for (let half = odd ? 4 : 2; half < n; half *= 4) backwardStages(re, im, along, half);
  }
}

/** Sum and difference of neighbours: the stage without a turn. */
function lastStage(re: Float64Array, im: Float64Array, n: number): void {
  for (let block = 0; block < n; block += 2)
    for (let p = block * LANES, q = p + LANES, end = q; p < end; p++, q++) {
      const [re0, im0, re1, im1] = [re[p], im[p], re[q], im[q]];
      re[p] = re0 + re1;
      im[p] = im0 + im1;
      re[q] = re0 - re1;
      im[q] = im0 - im1;
    }
}

/** Stages of `half` and `half/2`, on four samples `half/2` apart. */
function forwardStages(re: Float64Array, im: Float64Array, { n, cos, sin }: Axis, half: number): void {
  const quarter = half / 2;
  const stride = n / (2 * half);
  const step = quarter * LANES;
  for (let j = 0; j < quarter; j++) {
    // w^j, and w^2j of the second stage; w^(j + quarter) is −i·w^j.
    const [c1, s1, c2, s2] = [cos[j * stride], sin[j * stride], cos[2 * j * stride], sin[2 * j * stride]];
    for (let block = j; block < n; block += 2 * half)
      for (let p = block * LANES, end = p + LANES; p < end; p++) {
        const q = p + step;
        const r = q + step;
        const t = r + step;
        const aRe = re[p] + re[r];
        const aIm = im[p] + im[r];
        const bRe = re[q] + re[t];
        const bIm = im[q] + im[t];
        const dRe = re[p] - re[r];
        const dIm = im[p] - im[r];
        const eRe = re[q] - re[t];
        const eIm = im[q] - im[t];
        const cRe = dRe * c1 - dIm * s1;
        const cIm = dRe * s1 + dIm * c1;
        const fRe = eRe * s1 + eIm * c1;
        const fIm = eIm * s1 - eRe * c1;
        re[p] = aRe + bRe;
        im[p] = aIm + bIm;
        re[q] = (aRe - bRe) * c2 - (aIm - bIm) * s2;
        im[q] = (aRe - bRe) * s2 + (aIm - bIm) * c2;
        re[r] = cRe + fRe;
        im[r] = cIm + fIm;
        re[t] = (cRe - fRe) * c2 - (cIm - fIm) * s2;
        im[t] = (cRe - fRe) * s2 + (cIm - fIm) * c2;
      }
  }
}

/** Stages of `half/2` and `half`, the way back. */
function backwardStages(re: Float64Array, im: Float64Array, { n, cos, sin }: Axis, half: number): void {
  const quarter = half / 2;
  const stride = n / (2 * half);
  const step = quarter * LANES;
  for (let j = 0; j < quarter; j++) {
    const [c1, s1, c2, s2] = [cos[j * stride], -sin[j * stride], cos[2 * j * stride], -sin[2 * j * stride]];
    for (let block = j; block < n; block += 2 * half)
      for (let p = block * LANES, end = p + LANES; p < end; p++) {
        const q = p + step;
        const r = q + step;
        const t = r + step;
        const vRe = re[q] * c2 - im[q] * s2;
        const vIm = re[q] * s2 + im[q] * c2;
        const uRe = re[t] * c2 - im[t] * s2;
        const uIm = re[t] * s2 + im[t] * c2;
        const aRe = re[p] + vRe;
        const aIm = im[p] + vIm;
        const bRe = re[p] - vRe;
        const bIm = im[p] - vIm;
        const cRe = re[r] + uRe;
        const cIm = im[r] + uIm;
        const dRe = re[r] - uRe;
        const dIm = im[r] - uIm;
        const eRe = cRe * c1 - cIm * s1;
        const eIm = cRe * s1 + cIm * c1;
        const fRe = dRe * s1 + dIm * c1;
        const fIm = dIm * s1 - dRe * c1;
        re[p] = aRe + eRe;
        im[p] = aIm + eIm;
        re[r] = aRe - eRe;
        im[r] = aIm - eIm;
        re[q] = bRe - fRe;
        im[q] = bIm - fIm;
        re[t] = bRe + fRe;
        im[t] = bIm + fIm;
      }
  }
}
