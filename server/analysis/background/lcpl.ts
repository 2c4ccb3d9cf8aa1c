import type { EdgeWindow } from '../windows/edge-window.ts';
import type { Background, BackgroundEstimator } from './background-estimator.ts';
import { type ExponentPrior, MAX_EXPONENT, MIN_EXPONENT } from './power-law.ts';

/** Deviations of a normal distribution between which nine tenths of it lie. */
const NINE_TENTHS = 1.645;
/** Deviations beyond which a negative weight is not noise. */
const CERTAIN = 4;
/** Least distance of the two exponents: closer ones cannot be separated by the fit. */
const LEAST_SPREAD = 0.05;
/** Typical exponents of core-loss backgrounds, for use before the scan is known. */
export const USUAL_EXPONENTS: ExponentPrior = { mean: 3, variance: 0.36 };

/**
 * Linear combination of two power laws with fixed exponents, the 5 % and 95 % points of the scan's exponents, neither
 * weight negative (Cueva, Hovden, Mundy, Xin & Muller, Microsc. Microanal. 18 (2012) 667). Linear least squares with
 * the weights of counting noise under the scan's mean exponent.
 */
export class TwoPowerLaws implements BackgroundEstimator {
  readonly exponents: [number, number];
  readonly #channels: number[] = [];
  /** Both laws over the span. */
  readonly #laws: [Float64Array, Float64Array];
  /** Weight × law for the channels of the fit window: what a spectrum is multiplied with. */
  readonly #weighted: [Float64Array, Float64Array];
  /** Σ weight · law · law: 11, 12, 22. */
  readonly #normal: [number, number, number] = [0, 0, 0];
  /** Σ of either law over the signal window. */
  readonly #signal: [number, number] = [0, 0];
  /** Σ of the mean law over the fit window. */
  #meanSum = 0;

  constructor(window: EdgeWindow, masked?: Uint8Array, { mean, variance }: ExponentPrior = USUAL_EXPONENTS) {
    for (let i = 0; i < window.fitChannels; i++) if (!masked?.[i]) this.#channels.push(i);
    const centre = this.#channels.reduce((sum, i) => sum + window.logEnergy[i], 0) / this.#channels.length;
    const x = window.logEnergy.map((value) => value - centre);
    const spread = Math.max(NINE_TENTHS * Math.sqrt(variance), LEAST_SPREAD);
    const bound = (r: number) => Math.min(Math.max(r, MIN_EXPONENT), MAX_EXPONENT);
    this.exponents = [bound(mean - spread), bound(mean + spread)];
    const [low, high] = this.exponents;
    this.#laws = [x.map((value) => Math.exp(-low * value)), x.map((value) => Math.exp(-high * value))];
    this.#weighted = [new Float64Array(window.fitChannels), new Float64Array(window.fitChannels)];
    for (const i of this.#channels) {
      const expected = Math.exp(-mean * x[i]);
      const [a, b] = [this.#laws[0][i], this.#laws[1][i]];
      this.#weighted[0][i] = a / expected;
      this.#weighted[1][i] = b / expected;
      this.#normal[0] += (a * a) / expected;
      this.#normal[1] += (a * b) / expected;
      this.#normal[2] += (b * b) / expected;
      this.#meanSum += expected;
    }
    for (const k of [0, 1] as const)
      this.#signal[k] = this.#laws[k].subarray(window.signalStart).reduce((sum, value) => sum + value, 0);
  }

  fit(spectra: Float32Array, offset: number, gain: number, out: Float64Array): Background | undefined {
    let counts = 0;
    let first = 0;
    let second = 0;
    for (const i of this.#channels) {
      const y = spectra[offset + i];
      counts += y;
      first += y * this.#weighted[0][i];
      second += y * this.#weighted[1][i];
    }
    if (!(counts > 0)) return undefined;
    const [aa, ab, bb] = this.#normal;
    const determinant = aa * bb - ab * ab;
    let a = (bb * first - ab * second) / determinant;
    let b = (aa * second - ab * first) / determinant;
    // Cov(a, b) = g·c·M⁻¹ with counts λ_i = c/weight_i. The bounds are meant to be met by noise, not by more than that.
    const scale = counts / this.#meanSum / determinant;
    const clamped =
      a < -CERTAIN * Math.sqrt(gain * scale * bb) || b < -CERTAIN * Math.sqrt(gain * scale * aa);
    // The least squares of a convex problem with one bound lie on that bound.
    if (a < 0) [a, b] = [0, Math.max(second / bb, 0)];
    else if (b < 0) [a, b] = [Math.max(first / aa, 0), 0];
    const [law0, law1] = this.#laws;
    for (let i = 0; i < out.length; i++) out[i] = a * law0[i] + b * law1[i];
    // The weights' bounds keep the exponent between the two laws: its
    // variance is that of the fit and that of the scan's exponents together.
    const form = (p: number, q: number) => scale * (bb * p * p - 2 * ab * p * q + aa * q * q);
    const [low, high] = this.exponents;
    const exponent = (a * low + b * high) / (a + b);
    const free = (gain * form(low - exponent, high - exponent)) / (a + b) ** 2;
    const scan = ((high - low) / (2 * NINE_TENTHS)) ** 2;
    const exponentVariance = (free * scan) / (free + scan);
    const under = a * this.#signal[0] + b * this.#signal[1];
    const ofAmplitude = under ** 2 / counts;
    const ofExponent = Math.max(form(this.#signal[0], this.#signal[1]) - ofAmplitude, 0);
    const variance = under + ofAmplitude + (ofExponent * exponentVariance) / free;
    return { counts, exponent, exponentVariance, clamped, apart: false, variance };
  }
}
