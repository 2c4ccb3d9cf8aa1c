/** Sequences that are transformed side by side: inner loops stay long, and what they touch in cache. */
export const LANES = 8;

/**
 * Fast Fourier transforms of one length, a power of two, of LANES complex sequences at a time (Cooley and Tukey 1965, two
 * stages at once; decimation in frequency forwards and in time backwards). Sample i of lane l stands at i·LANES + l.
 * Frequencies stand in bit-reversed order, see `place`. Both work in place; the backward one is not divided by the length.
 */
export class LaneFft {
  readonly length: number;
  /** Where frequency k stands. */
  readonly place: Uint32Array;
  /** exp(−2πik/n). */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  constructor(length: number) {
    this.length = length;
    const bits = Math.log2(length);
    this.place = Uint32Array.from({ length }, (_, index) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) if (index & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
      return reversed;
    });
    this.#cos = Float64Array.from({ length }, (_, k) => Math.cos((2 * Math.PI * k) / length));
    this.#sin = Float64Array.from({ length }, (_, k) => -Math.sin((2 * Math.PI * k) / length));
  }

  /** Of sequences padded to twice their length: samples from the middle on count as zero, whatever stands there. */
  forwardPadded(re: Float64Array, im: Float64Array): void {
    const { length } = this;
    if (length === 2) throw new RangeError('no map is padded to two samples');
    if (length < 4) return;
    this.#firstStages(re, im);
    for (let half = length / 8; half >= 2; half /= 4) this.#forwardStages(re, im, half);
    if (this.#odd) this.#plainStage(re, im);
  }

  backward(re: Float64Array, im: Float64Array): void {
    if (this.#odd) this.#plainStage(re, im);
    for (let half = this.#odd ? 4 : 2; half < this.length; half *= 4) this.#backwardStages(re, im, half);
  }

  /** An odd number of stages leaves one alone, the one without a turn. */
  get #odd(): boolean {
    return Math.log2(this.length) % 2 === 1;
  }

  /** Sum and difference of neighbours. */
  #plainStage(re: Float64Array, im: Float64Array): void {
    for (let block = 0; block < this.length; block += 2)
      for (let p = block * LANES, q = p + LANES, end = q; p < end; p++, q++) {
        const [re0, im0, re1, im1] = [re[p], im[p], re[q], im[q]];
        re[p] = re0 + re1;
        im[p] = im0 + im1;
        re[q] = re0 - re1;
        im[q] = im0 - im1;
      }
  }

  /** The first two stages, whose second half is zero. */
  #firstStages(re: Float64Array, im: Float64Array): void {
    const [cos, sin] = [this.#cos, this.#sin];
    const quarter = this.length / 4;
    const step = quarter * LANES;
    for (let j = 0; j < quarter; j++) {
      const [c1, s1, c2, s2, c3, s3] = [cos[j], sin[j], cos[2 * j], sin[2 * j], cos[3 * j], sin[3 * j]];
      for (let p = j * LANES, end = p + LANES; p < end; p++) {
        const q = p + step;
        const r = q + step;
        const t = r + step;
        const aRe = re[p];
        const aIm = im[p];
        const bRe = re[q];
        const bIm = im[q];
        const cRe = aRe - bRe;
        const cIm = aIm - bIm;
        const dRe = aRe + bIm;
        const dIm = aIm - bRe;
        const eRe = aRe - bIm;
        const eIm = aIm + bRe;
        re[p] = aRe + bRe;
        im[p] = aIm + bIm;
        re[q] = cRe * c2 - cIm * s2;
        im[q] = cRe * s2 + cIm * c2;
        re[r] = dRe * c1 - dIm * s1;
        im[r] = dRe * s1 + dIm * c1;
        re[t] = eRe * c3 - eIm * s3;
        im[t] = eRe * s3 + eIm * c3;
      }
    }
  }

  /** Stages of `half` and `half/2`, on four samples `half/2` apart. */
  #forwardStages(re: Float64Array, im: Float64Array, half: number): void {
    const [cos, sin] = [this.#cos, this.#sin];
    const quarter = half / 2;
    const stride = this.length / (2 * half);
    const step = quarter * LANES;
    for (let j = 0; j < quarter; j++) {
      const k = j * stride;
      const [c1, s1, c2, s2, c3, s3] = [cos[k], sin[k], cos[2 * k], sin[2 * k], cos[3 * k], sin[3 * k]];
      for (let block = j; block < this.length; block += 2 * half)
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
          re[p] = aRe + bRe;
          im[p] = aIm + bIm;
          if (j === 0) {
            re[q] = aRe - bRe;
            im[q] = aIm - bIm;
            re[r] = dRe + eIm;
            im[r] = dIm - eRe;
            re[t] = dRe - eIm;
            im[t] = dIm + eRe;
            continue;
          }
          re[q] = (aRe - bRe) * c2 - (aIm - bIm) * s2;
          im[q] = (aRe - bRe) * s2 + (aIm - bIm) * c2;
          re[r] = (dRe + eIm) * c1 - (dIm - eRe) * s1;
          im[r] = (dRe + eIm) * s1 + (dIm - eRe) * c1;
          re[t] = (dRe - eIm) * c3 - (dIm + eRe) * s3;
          im[t] = (dRe - eIm) * s3 + (dIm + eRe) * c3;
        }
    }
  }

  /** Stages of `half/2` and `half`, the way back. */
  #backwardStages(re: Float64Array, im: Float64Array, half: number): void {
    const [cos, sin] = [this.#cos, this.#sin];
    const quarter = half / 2;
    const stride = this.length / (2 * half);
    const step = quarter * LANES;
    for (let j = 0; j < quarter; j++) {
      const k = j * stride;
      const [c1, s1, c2, s2, c3, s3] = [cos[k], sin[k], cos[2 * k], sin[2 * k], cos[3 * k], sin[3 * k]];
      for (let block = j; block < this.length; block += 2 * half)
        for (let p = block * LANES, end = p + LANES; p < end; p++) {
          const q = p + step;
          const r = q + step;
          const t = r + step;
          const qRe = re[q] * c2 + im[q] * s2;
          const qIm = im[q] * c2 - re[q] * s2;
          const rRe = re[r] * c1 + im[r] * s1;
          const rIm = im[r] * c1 - re[r] * s1;
          const tRe = re[t] * c3 + im[t] * s3;
          const tIm = im[t] * c3 - re[t] * s3;
          const aRe = re[p] + qRe;
          const aIm = im[p] + qIm;
          const bRe = re[p] - qRe;
          const bIm = im[p] - qIm;
          const cRe = rRe + tRe;
          const cIm = rIm + tIm;
          const dRe = rRe - tRe;
          const dIm = rIm - tIm;
          re[p] = aRe + cRe;
          im[p] = aIm + cIm;
          re[q] = bRe - dIm;
          im[q] = bIm + dRe;
          re[r] = aRe - cRe;
          im[r] = aIm - cIm;
          re[t] = bRe + dIm;
          im[t] = bIm - dRe;
        }
    }
  }
}
