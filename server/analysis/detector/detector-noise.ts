import { addTo } from '../math/add-to.ts';
import type { EdgeWindow } from '../windows/edge-window.ts';
import { COUNTS, type CountUnit } from './count-unit.ts';
import {
  correlationOf,
  type SmoothBasis,
  smoothBasis,
  sumCorrelation,
  sumVariance,
  takeSmooth,
} from './noise-correlation.ts';

/** The detector's noise, in units of counting noise. */
export interface DetectorNoise {
  /** Variance over mean of sums over many channels; 1 for pure counting. */
  gain: number;
  /** Variance over mean of a single channel: smaller than `gain` where neighbouring channels are correlated. */
  channelGain: number;
  /** Correlation of channels 1, 2, … apart; empty for independent channels. */
  correlation: number[];
}

/** Noise of an ideal counting detector. */
export const COUNTING_NOISE: DetectorNoise = {
  gain: 1,
  channelGain: 1,
  correlation: [],
};

/** Sums over this many channels hold nearly all of the noise that the point spread shares between neighbours. */
const BAND_CHANNELS = 8;
/** Largest lag of the correlations: as far as point spreads of measured scans reach. */
const MAX_LAG = 12;
/** Differences of two backgrounds in slope and curvature are not noise. */
const SMOOTH_DEGREE = 2;
/** Fewest pairs of pixels for an estimate. */
const FEWEST_PAIRS = 16;

/** Accumulated pairs of pixels: reduced χ² of bands and of channels, and Σ of the products of channels by distance. */
export interface PairNoise {
  bands: number[];
  channels: number[];
  lags: Float64Array;
}

/**
 * Estimates detector noise from differences of neighbouring pixels: sample and background cancel, so only noise is
 * left. For a pair a, b with c = Σa/Σb over the fit window, the differences (a_i − c·b_i) have variance gain·(a_i +
 * c²·b_i). The gains are medians over pairs, corrected for the median of χ²_ν / ν (Wilson–Hilferty), which ignores
 * pairs that straddle a boundary of the sample.
 */
export class DetectorNoiseEstimator {
  readonly #channels: number;
  readonly #width: number;
  readonly #bands: number;
  #bandValues: number[] = [];
  #channelValues: number[] = [];
  readonly #lagSums = new Float64Array(MAX_LAG + 1);
  readonly #difference: Float64Array;
  readonly #smooth: SmoothBasis;
  /** Last estimate, with its number of pairs. */
  #last: { pairs: number; unit: CountUnit; noise: DetectorNoise } | undefined;

  /** @param window its first `fitChannels` channels are compared */
  constructor(window: Pick<EdgeWindow, 'fitChannels'>) {
    this.#width = Math.min(BAND_CHANNELS, Math.floor(window.fitChannels / 3));
    this.#bands = Math.floor(window.fitChannels / this.#width);
    this.#channels = this.#bands * this.#width;
    this.#difference = new Float64Array(this.#channels);
    this.#smooth = smoothBasis(this.#channels, SMOOTH_DEGREE);
  }

  /** Returns what was accumulated and resets it. */
  drain(): PairNoise {
    const noise = {
      bands: this.#bandValues,
      channels: this.#channelValues,
      lags: this.#lagSums.slice(),
    };
    this.#bandValues = [];
    this.#channelValues = [];
    this.#lagSums.fill(0);
    this.#last = undefined;
    return noise;
  }

  /** Adds pairs of another estimator. */
  merge({ bands, channels, lags }: PairNoise): void {
    this.#bandValues.push(...bands);
    this.#channelValues.push(...channels);
    addTo(this.#lagSums, lags);
  }

  /** Takes one pair of neighbouring pixels whose spans start at `a` and `b` in `spectra`. */
  add(spectra: Float32Array, a: number, b: number): void {
    let sumA = 0;
    let sumB = 0;
    for (let i = 0; i < this.#channels; i++) {
      sumA += spectra[a + i];
      sumB += spectra[b + i];
    }
    if (!(sumA > 0 && sumB > 0 && Number.isFinite(sumA + sumB))) return;
    const c = sumA / sumB;
    this.#bandValues.push(this.#chiSquare(spectra, a, b, c, this.#width) / (this.#bands - 1));
    this.#channelValues.push(this.#chiSquare(spectra, a, b, c, 1) / (this.#channels - 1));
    // `#difference` now holds single channels in units of their counting noise.
    const difference = this.#difference;
    const channels = this.#channels;
    takeSmooth(difference, this.#smooth);
    let total = 0;
    for (let i = 0; i < channels; i++) total += difference[i] * difference[i];
    if (!(total > 0)) return;
    for (let lag = 0; lag <= Math.min(MAX_LAG, channels - 1); lag++) {
      let sum = 0;
      for (let i = lag; i < channels; i++) sum += difference[i] * difference[i - lag];
      this.#lagSums[lag] += sum / total;
    }
  }

  #chiSquare(spectra: Float32Array, a: number, b: number, c: number, width: number): number {
    let chiSquare = 0;
    for (let i = 0, band = 0; i < this.#channels; i += width, band++) {
      let bandA = 0;
      let bandB = 0;
      for (let j = i; j < i + width; j++) {
        bandA += spectra[a + j];
        bandB += spectra[b + j];
      }
      const variance = bandA + c * c * bandB;
      this.#difference[band] = variance > 0 ? (bandA - c * bandB) / Math.sqrt(variance) : 0;
      chiSquare += this.#difference[band] ** 2;
    }
    return chiSquare;
  }

  /** Whether enough pairs were seen to estimate the noise. */
  get isKnown(): boolean {
    return this.#bandValues.length >= FEWEST_PAIRS;
  }

  /** @param unit value of one count; with too few pairs the noise of counting is assumed */
  estimate(unit: CountUnit = COUNTS): DetectorNoise {
    const pairs = this.#channelValues.length;
    if (this.#last?.pairs !== pairs || this.#last.unit !== unit)
      this.#last = { pairs, unit, noise: this.#estimate(unit) };
    return this.#last.noise;
  }

  #estimate({ one, least }: CountUnit): DetectorNoise {
    if (!this.isKnown) return { gain: one, channelGain: one, correlation: [] };
    const samples = this.#channelValues.length * this.#channels;
    const correlation = correlationOf(this.#lagSums, this.#smooth, samples);
    // Bands miss what channels on both sides of their borders share.
    const shared = sumVariance(correlation, Number.POSITIVE_INFINITY) / sumVariance(correlation, this.#width);
    const gain = shared * gainOf(this.#bandValues, this.#bands, sumCorrelation(correlation, this.#width));
    return {
      gain: Math.max(gain, least),
      channelGain: Math.max(gainOf(this.#channelValues, this.#channels, correlation), least),
      correlation,
    };
  }
}

/**
 * From χ²/(n − 1) of n values each. Of correlated values a common factor takes S = 1 + 2Σr of their variances, and they are
 * worth ν = (n − 1)/(1 + 2Σr²) independent ones (Satterthwaite).
 */
function gainOf(values: number[], n: number, correlation: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  const ν = (n - 1) / (1 + 2 * correlation.reduce((sum, r) => sum + r * r, 0));
  const taken = Math.min(sumVariance(correlation, Number.POSITIVE_INFINITY), n / 2);
  return (median / (1 - 2 / (9 * ν)) ** 3) * ((n - 1) / (n - taken));
}
