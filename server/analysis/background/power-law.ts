import { exponential } from '../math/exponential.ts';
import { type Moments, MomentTable } from '../math/moment-table.ts';
import type { EdgeWindow } from '../windows/edge-window.ts';
import type { WindowBlock } from '../windows/window-block.ts';
import { type DetectorLevel, HARDLY_FALLS, levelOf } from './detector-level.ts';

/** Exponents outside this range are unphysical for a core-loss background. */
export const MIN_EXPONENT = 0.5;
export const MAX_EXPONENT = 7;
/**
 * Fits are clamped to MAX_EXPONENT and to this: a level that does not fall, or rises, is continued as it is, since a
 * background that falls where the counts do not would leave a net signal.
 */
export const LEAST_EXPONENT = -3;

/**
 * Deviations by which a pixel's exponent must lie below the scan's to be excluded from their distribution. With three
 * the measured perovskite lost pixels: exponents of real scans have longer tails than normal ones.
 */
const FLATTER = 5;
/** Deviations by which an exponent must exceed a level's to be excluded from it. */
const STEEPER = 3;
/** Prior exponents of such a pixel: a level that rises or falls slightly. */
export const OF_LEVELS: ExponentPrior = { mean: 0, variance: 1 };

/** Prior distribution of the exponent. */
export interface ExponentPrior {
  mean: number;
  variance: number;
  /** Populations of pixels without specimen, identified by their counts. */
  levels?: DetectorLevel[];
}

const isFlatter = (exponent: number, variance: number, { mean, variance: spread }: ExponentPrior): boolean =>
  exponent < HARDLY_FALLS && exponent < mean - FLATTER * Math.sqrt(spread + variance);

/** Background A·E^−r·s(E) of one pixel, s common to the scan. `amplitude` refers to the window's geometric mean energy, not to 1 eV. */
export interface PowerLaw {
  /** Σ counts in the fit window; equals the modelled counts there. */
  counts: number;
  exponent: number;
  amplitude: number;
  /** Variance of the exponent, shrinkage included. */
  exponentVariance: number;
  /** The exponent is not physical. */
  clamped: boolean;
  /** It falls more slowly than the scan's exponents allow, and was continued as it is. */
  apart: boolean;
}

/**
 * Poisson maximum likelihood of A·E^−r·s(E) over the fit window, s(E) = exp(c·(ln E − pivot)²) fixed for the whole
 * scan; a power law for c = 0. With Y = Σy and L = Σ y·ln E sufficient, the exponent solves μ(r) = Σ s·E^−r ln E / Σ
 * s·E^−r = L/Y, and A = Y / Σ s·E^−r (Trebbia 1988, doi:10.1016/0304-3991(88)90130-1). μ falls strictly with r; it is
 * interpolated from a table (MomentTable). The estimating equation holds for dark-subtracted data with negative samples
 * too, as long as Y > 0.
 */
export class PowerLawFitter {
  /** ln E − mean of the fit window, for every channel of the span: keeps E^−r near 1. */
  readonly #x: Float64Array;
  readonly #shape: Float64Array;
  readonly #channels: Uint16Array;
  /** Moments of the used channels of the fit window, and of the signal window. */
  readonly #fit: MomentTable;
  readonly #signal: MomentTable;

  /**
   * @param masked span-long, 1 for channels left out (dead, hot)
   * @param curvature c of s(E), how the scan's backgrounds bend away from a power law
   */
  constructor(window: EdgeWindow, masked?: Uint8Array, curvature = 0) {
    const used: number[] = [];
    for (let i = 0; i < window.fitChannels; i++) if (!masked?.[i]) used.push(i);
    this.#channels = Uint16Array.from(used);
    const mean = used.reduce((sum, i) => sum + window.logEnergy[i], 0) / used.length;
    this.#x = window.logEnergy.map((value) => value - mean);
    const shape = this.#x.map((x) => Math.exp(curvature * x * x));
    this.#shape = shape;
    const signal = Array.from(this.#x.keys()).slice(window.signalStart);
    this.#fit = new MomentTable(this.#x, shape, used, LEAST_EXPONENT, MAX_EXPONENT);
    this.#signal = new MomentTable(this.#x, shape, signal, LEAST_EXPONENT, MAX_EXPONENT);
  }

  /** Indices of the fit window's channels that are used. */
  get channels(): Uint16Array {
    return this.#channels;
  }

  /** ln E over the span, relative to the pivot that amplitudes refer to. */
  get x(): Float64Array {
    return this.#x;
  }

  /** A law found otherwise; where its exponent is out of bounds the nearest law within them that has the same counts. */
  bounded(law: PowerLaw): PowerLaw {
    const exponent = Math.min(Math.max(law.exponent, LEAST_EXPONENT), MAX_EXPONENT);
    if (exponent === law.exponent && law.amplitude > 0)
      return { ...law, clamped: law.exponent < MIN_EXPONENT };
    return {
      ...law,
      exponent,
      amplitude: law.counts / this.#fit.sum(exponent),
      clamped: true,
    };
  }

  /** Zeroth, first and second moment of x under weights s·E^−r. */
  moments(exponent: number): Moments {
    const table = this.#fit;
    return {
      sum: table.sum(exponent),
      mean: table.mean(exponent),
      variance: table.variance(exponent),
    };
  }

  /** Exponent for given sufficient statistics, clamped to [LEAST_EXPONENT, MAX_EXPONENT]. */
  solve(meanX: number): number {
    return this.#fit.exponentOf(meanX);
  }

  /** Y and Σ y·x over the fit window of one spectrum that starts at `offset`. */
  statistics(spectra: Float32Array, offset: number): { counts: number; weighted: number } {
    let counts = 0;
    let weighted = 0;
    for (const i of this.#channels) {
      const y = spectra[offset + i];
      counts += y;
      weighted += y * this.#x[i];
    }
    return { counts, weighted };
  }

  /** Sets up a block of spectra to compute the moments this fitter needs, and its power laws. */
  lead(block: WindowBlock): void {
    block.follow(this.#x, this.#shape, this.#channels);
  }

  /** @returns undefined where there is nothing to fit (Y ≤ 0): no signal */
  fit(spectra: Float32Array, offset: number, gain: number, prior?: ExponentPrior): PowerLaw | undefined {
    const { counts, weighted } = this.statistics(spectra, offset);
    return counts > 0 ? this.law(counts, weighted, gain, prior) : undefined;
  }

  /**
   * With a prior the exponent is shrunk towards its mean by the noise share of its variance (empirical Bayes): noisy
   * pixels take the scan's exponent, bright ones keep their own. Those that hardly fall, and surely more slowly than
   * the prior allows, do not belong to its population; shrunk to it they would show a false signal, so they are shrunk
   * to a flat level.
   * @param counts Y, above 0
   * @param weighted Σ y·x
   * @param gain variance over mean of the counts
   * @param law written, to avoid one object per spectrum
   */
  law(
    counts: number,
    weighted: number,
    gain: number,
    prior?: ExponentPrior,
    law: PowerLaw = {
      counts: 0,
      exponent: 0,
      amplitude: 0,
      exponentVariance: 0,
      clamped: false,
      apart: false,
    },
  ): PowerLaw {
    const alone = this.solve(weighted / counts);
    const variance = gain / (counts * this.#fit.variance(alone));
    let level = prior?.levels && levelOf(prior.levels, counts, weighted / counts);
    // A specimen with as few counts as the vacuum.
    if (level && alone > level.mean + STEEPER * Math.sqrt(level.variance + variance)) level = undefined;
    const scan = level ?? prior;
    const flatter = scan !== undefined && isFlatter(alone, variance, scan);
    const drawn = flatter ? OF_LEVELS : scan;
    const own = drawn ? drawn.variance / (drawn.variance + variance) : 1;
    law.counts = counts;
    law.exponent = drawn ? drawn.mean + own * (alone - drawn.mean) : alone;
    law.amplitude = counts / this.#fit.sum(law.exponent);
    law.exponentVariance = own * variance;
    law.apart = flatter || level !== undefined;
    // Where the scan's exponents decide, what the pixel alone would give does not matter.
    law.clamped = law.exponent < MIN_EXPONENT || (alone === MAX_EXPONENT && own > 0.5);
    return law;
  }

  /** Writes the background over the span into `out` (span-long). */
  evaluate({ amplitude, exponent }: Pick<PowerLaw, 'amplitude' | 'exponent'>, out: Float64Array): void {
    for (let i = 0; i < out.length; i++)
      out[i] = amplitude * this.#shape[i] * exponential(this.#x[i] * -exponent);
  }

  /**
   * Variance of the net signal over the signal window in units of counting noise × gain, I_k excluded: h·I_b with
   * Egerton's h (1982), for this fit h = 1 + I_b [1/M + (x̄_S − x̄_E)²·Var(r)/g], x = ln E, M the counts in the fit
   * window, means weighted by the background; without a prior Var(r) = g/(M s²).
   */
  backgroundVariance({ amplitude, exponent, exponentVariance }: PowerLaw, gain: number): number {
    const modelled = amplitude * this.#fit.sum(exponent);
    const background = amplitude * this.#signal.sum(exponent);
    if (!(modelled > 0 && background > 0)) return 0;
    const distance = this.#signal.mean(exponent) - this.#fit.mean(exponent);
    const h = 1 + background * (1 / modelled + (distance * distance * exponentVariance) / gain);
    return h * background;
  }
}
