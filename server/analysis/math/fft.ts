import { KernelMemory } from './kernels.ts';

/** Sequences transformed side by side: keeps inner loops long and their data in cache. */
export const LANES = 8;

/** Complex samples, real and imaginary parts in separate arrays. */
export interface Samples {
  re: Float64Array;
  im: Float64Array;
}

/** Twiddle factors exp(−2πik/n) for n = `length`, real and imaginary parts in separate arrays. */
interface Twiddles {
  cos: Float64Array;
  sin: Float64Array;
  length: number;
}

/** Stages of a transform of the samples with a number, on four samples `half/2` apart. */
interface Stages {
  first(which: number): void;
  forward(which: number, half: number): void;
  backward(which: number, half: number): void;
  plain(which: number): void;
}

/**
 * Fast Fourier transforms of one length, a power of two, of LANES complex sequences at a time (Cooley and Tukey 1965,
 * two stages at once; decimation in frequency forwards and in time backwards). Sample i of lane l stands at i·LANES +
 * l. Frequencies stand in bit-reversed order, see `place`. Transforms work in place; the inverse is not divided by the
 * length.
 */
export class LaneFft {
  readonly length: number;
  /** Where frequency k stands. */
  readonly place: Uint32Array;
  /** Data to transform, `length × LANES` each. */
  readonly samples: readonly Samples[];
  readonly #stages: Stages;

  /** @param sets of samples */
  constructor(length: number, sets: number) {
    this.length = length;
    const bits = Math.log2(length);
    this.place = Uint32Array.from({ length }, (_, index) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) if (index & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
      return reversed;
    });
    const kernelMemory = new KernelMemory();
    const take = (samples: number) => kernelMemory.take(8 * samples);
    const twiddles = { cos: take(length), sin: take(length) };
    const parts = Array.from({ length: sets }, () => ({
      re: take(length * LANES),
      im: take(length * LANES),
    }));
    const kernels = kernelMemory.kernels();
    const memory = kernels?.memory ?? new ArrayBuffer(kernelMemory.bytes);
    const cos = new Float64Array(memory, twiddles.cos, length);
    const sin = new Float64Array(memory, twiddles.sin, length);
    for (let k = 0; k < length; k++) {
      cos[k] = Math.cos((2 * Math.PI * k) / length);
      sin[k] = -Math.sin((2 * Math.PI * k) / length);
    }
    const samples = parts.map(({ re, im }) => ({
      re: new Float64Array(memory, re, length * LANES),
      im: new Float64Array(memory, im, length * LANES),
    }));
    this.samples = samples;
    const table = { cos, sin, length };
    const at = (which: number) =>
      [parts[which].re, parts[which].im, twiddles.cos, twiddles.sin, length] as const;
    this.#stages = kernels
      ? {
          first: (which) => kernels.firstStages(...at(which)),
          forward: (which, half) => kernels.forwardStages(...at(which), half),
          backward: (which, half) => kernels.backwardStages(...at(which), half),
          plain: (which) => kernels.plainStage(parts[which].re, parts[which].im, length),
        }
      : {
          first: (which) => firstStages(samples[which], table),
          forward: (which, half) => forwardStages(samples[which], table, half),
          backward: (which, half) => backwardStages(samples[which], table, half),
          plain: (which) => plainStage(samples[which]),
        };
  }

  /** Of sequences padded to twice their length: samples from the middle on count as zero and are not read. */
  forwardPadded(which: number): void {
    const { length } = this;
    if (length === 2) throw new RangeError('no map is padded to two samples');
    if (length < 4) return;
    this.#stages.first(which);
    for (let half = length / 8; half >= 2; half /= 4) this.#stages.forward(which, half);
    if (this.#odd) this.#stages.plain(which);
  }

  backward(which: number): void {
    if (this.#odd) this.#stages.plain(which);
    for (let half = this.#odd ? 4 : 2; half < this.length; half *= 4) this.#stages.backward(which, half);
  }

  /** With an odd number of stages one is done by itself: the one whose twiddle factors are all 1. */
  get #odd(): boolean {
    return Math.log2(this.length) % 2 === 1;
  }
}

/** Twins of server/kernels/assembly/fft.ts. Sum and difference of neighbours. */
function plainStage({ re, im }: Samples): void {
  for (let p = 0; p < re.length; p += 2 * LANES)
    for (let lane = p; lane < p + LANES; lane++) {
      const [re0, im0, re1, im1] = [re[lane], im[lane], re[lane + LANES], im[lane + LANES]];
      re[lane] = re0 + re1;
      im[lane] = im0 + im1;
      re[lane + LANES] = re0 - re1;
      im[lane + LANES] = im0 - im1;
    }
}

/** The first two stages, whose second half is zero. */
function firstStages({ re, im }: Samples, { cos, sin, length }: Twiddles): void {
  const quarter = length / 4;
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
function forwardStages({ re, im }: Samples, { cos, sin, length }: Twiddles, half: number): void {
  const quarter = half / 2;
  const stride = length / (2 * half);
  const step = quarter * LANES;
  for (let j = 0; j < quarter; j++) {
    const k = j * stride;
    const [c1, s1, c2, s2, c3, s3] = [cos[k], sin[k], cos[2 * k], sin[2 * k], cos[3 * k], sin[3 * k]];
    for (let block = j; block < length; block += 2 * half)
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

/** Stages of `half/2` and `half` of the inverse transform. */
function backwardStages({ re, im }: Samples, { cos, sin, length }: Twiddles, half: number): void {
  const quarter = half / 2;
  const stride = length / (2 * half);
  const step = quarter * LANES;
  for (let j = 0; j < quarter; j++) {
    const k = j * stride;
    const [c1, s1, c2, s2, c3, s3] = [cos[k], sin[k], cos[2 * k], sin[2 * k], cos[3 * k], sin[3 * k]];
    for (let block = j; block < length; block += 2 * half)
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
