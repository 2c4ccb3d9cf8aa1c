import { BadChannelInterpolator } from '../detector/bad-channel-interpolator.ts';
import type { SampleLimits } from '../detector/bad-channels.ts';
import { darkNoise } from '../detector/dark-noise.ts';
import type { DetectorNoise } from '../detector/detector-noise.ts';
import { differenceVariance } from '../detector/residual-noise.ts';
import type { BackgroundMethod } from '../windows/background-method.ts';
import type { EdgeWindow } from '../windows/edge-window.ts';
import { WindowBlock } from '../windows/window-block.ts';
import { backgroundEstimator } from './background.ts';
import type { Curvature } from './background-curvature.ts';
import { type BackgroundEstimator, Backgrounds, type FitBlock } from './background-estimator.ts';
import type { ExponentPrior } from './power-law.ts';

/** Net signal over its noise from which an edge counts as present. */
export const PRESENCE_SNR = 3;

/** Faults of the background of a pixel, bits of a map. */
export const FLAG = {
  /** No counts in the fit window (or, for background-subtracted data, no net counts): nothing to fit. */
  noSignal: 1,
  /** The exponent is not physical: the counts before the edge hardly fall, rise, or fall off a cliff. */
  clamped: 2,
  /** The net signal is negative beyond three times its noise: the background is too high. */
  overSubtracted: 4,
  /** Absent, and the counts before the edge fall more slowly than the scan's do: a level of the detector, no background. */
  level: 8,
} as const;

/** Data without noise have no signal-to-noise ratio; they get this one. */
const MOST_SNR = 1e6;

/** Properties of a scan needed to compute a pixel's net signal and its noise. */
export interface SignalCalibration {
  /** Span-long, 1 for dead and hot channels. */
  bad: Uint8Array;
  noise: DetectorNoise;
  /** Exponents of the scan; undefined before enough pixels are known. */
  exponents?: ExponentPrior;
  /** How the scan's backgrounds bend away from a power law; undefined where that was not estimated. */
  curvature?: Curvature;
  /** Default `poisson`. */
  background?: BackgroundMethod;
  samples?: SampleLimits;
}

/** Signal of one edge in one pixel. */
export interface EdgeSignal {
  /** Σ net counts over the signal window. */
  intensity: number;
  /** Net counts over their noise. */
  snr: number;
  exponent: number;
  /** Divisor of the net spectrum: counts in the fit window, or without a background fit the net counts. */
  fitCounts: number;
  exponentVariance: number;
  /** Bits of FLAG. */
  flags: number;
  /** Noise variance of a channel where counts do not give it: background-subtracted data. */
  channelVariance?: number;
  /** False where a sample is not a finite number: such a pixel is treated as not measured. */
  valid: boolean;
}

/** Signals of a block of spectra, one entry each as in EdgeSignal. */
export class EdgeSignals {
  readonly intensity: Float64Array;
  readonly snr: Float64Array;
  readonly exponent: Float64Array;
  readonly fitCounts: Float64Array;
  readonly exponentVariance: Float64Array;
  readonly flags: Uint8Array;
  /** NaN where it follows from the counts. */
  readonly channelVariance: Float64Array;
  readonly valid: Uint8Array;

  constructor(rows: number) {
    this.intensity = new Float64Array(rows);
    this.snr = new Float64Array(rows);
    this.exponent = new Float64Array(rows);
    this.fitCounts = new Float64Array(rows);
    this.exponentVariance = new Float64Array(rows);
    this.flags = new Uint8Array(rows);
    this.channelVariance = new Float64Array(rows).fill(Number.NaN);
    this.valid = new Uint8Array(rows);
  }

  at(row: number): EdgeSignal {
    const channelVariance = this.channelVariance[row];
    return {
      intensity: this.intensity[row],
      snr: this.snr[row],
      exponent: this.exponent[row],
      fitCounts: this.fitCounts[row],
      exponentVariance: this.exponentVariance[row],
      flags: this.flags[row],
      valid: this.valid[row] === 1,
      ...(!Number.isNaN(channelVariance) && { channelVariance }),
    };
  }

  /** A spectrum without a signal; one that is not valid is treated as not measured. */
  nothing(row: number, valid: boolean): void {
    this.intensity[row] = valid ? 0 : Number.NaN;
    this.snr[row] = valid ? 0 : Number.NaN;
    this.exponent[row] = Number.NaN;
    this.fitCounts[row] = 0;
    this.exponentVariance[row] = 0;
    this.flags[row] = valid ? FLAG.noSignal : 0;
    this.channelVariance[row] = Number.NaN;
    this.valid[row] = valid ? 1 : 0;
  }
}

/**
 * Subtracts the background from spectra of one edge. The signal-to-noise ratio is Egerton's, I_k / √(g·(I_k + h·I_b)),
 * with the detector's gain g and h from the fit, and never above what the scatter of the samples allows where some are
 * negative.
 */
export class SignalExtractor {
  readonly window: EdgeWindow;
  readonly calibration: SignalCalibration;
  /**
   * The spectra last extracted: corrected, with their backgrounds, and as net counts / counts in the fit window, which
   * removes thickness and dose. For background-subtracted data the net counts of the signal window stand for those of
   * the fit window.
   */
  readonly block: WindowBlock;
  readonly #seen: EdgeSignals;
  readonly #interpolator: BadChannelInterpolator;
  readonly #fit: FitBlock | undefined;
  readonly #backgrounds: Backgrounds;

  constructor(window: EdgeWindow, calibration: SignalCalibration) {
    const { background = 'poisson', bad, noise, exponents, curvature, samples } = calibration;
    this.window = window;
    this.calibration = calibration;
    this.block = new WindowBlock(window);
    const { capacity, width } = this.block;
    this.#seen = new EdgeSignals(capacity);
    this.#backgrounds = new Backgrounds(capacity);
    if (background !== 'none') {
      const estimator = backgroundEstimator(background, window, bad, exponents, curvature?.value);
      this.#fit = estimator.over?.(this.block) ?? oneByOne(estimator, this.block);
    }
    // In net counts of unknown scale spikes cannot be detected.
    const noSpikes = new Float32Array(width).fill(Number.POSITIVE_INFINITY);
    this.#interpolator = new BadChannelInterpolator(
      this.block,
      bad,
      noise.gain,
      this.#fit ? samples : { spikes: noSpikes },
    );
  }

  /** The single spectrum just extracted, corrected, over the span. */
  get counts(): ArrayLike<number> {
    return this.block.samples.subarray(0, this.block.width);
  }

  /** Background of a single spectrum just extracted, over the span, counts. */
  get background(): Float64Array {
    return this.block.laws.subarray(0, this.block.width);
  }

  /** Extracts the spectrum whose span starts at `from`, and writes its normalised net counts to `normalised` at `to`. */
  extract(spectra: Float32Array, from: number, normalised: Float32Array, to: number): EdgeSignal {
    const seen = this.extractBlock(spectra, from, 1, 0);
    if (seen.valid[0]) normalised.set(this.block.net.subarray(0, this.window.features), to);
    return seen.at(0);
  }

  /**
   * Extracts `rows` spectra, at most a block of them.
   * @param spectra spans, the first one starts at `from`
   * @param background channel of the span from which on backgrounds are needed
   * @returns valid until the next call, as `block` is
   */
  extractBlock(
    spectra: Float32Array,
    from: number,
    rows: number,
    background = this.window.signalStart,
  ): EdgeSignals {
    this.block.load(spectra, from, rows);
    this.#interpolator.interpolate(rows);
    if (this.#fit) this.#takeBackgrounds(this.#fit, rows, background);
    else this.#takeNet(rows);
    return this.#seen;
  }

  #takeBackgrounds(fitBlock: FitBlock, rows: number, from: number): void {
    const { net, divisors, intensities } = this.block;
    const { features } = this.window;
    const { noise: detector } = this.calibration;
    const { gain } = detector;
    const { counts, variance, exponent, exponentVariance, clamped, apart } = this.#backgrounds;
    fitBlock(rows, from, gain, this.#backgrounds);
    for (let row = 0; row < rows; row++) divisors[row] = counts[row] > 0 ? counts[row] : 1;
    this.block.findNet(rows);
    const seen = this.#seen;
    for (let row = 0; row < rows; row++) {
      const valid = this.block.isFinite(row);
      if (!valid || !(counts[row] > 0)) {
        seen.nothing(row, valid);
        net.fill(0, row * features, (row + 1) * features);
        continue;
      }
      const intensity = intensities[row];
      let noise = Math.sqrt(gain * (Math.max(intensity, 0) + variance[row]));
      // Negative samples mean that a dark reference was subtracted.
      if (intensity >= PRESENCE_SNR * noise && this.block.least[row] < 0)
        noise = Math.max(noise, Math.sqrt(darkNoise(this.block, row, counts[row], variance[row], detector)));
      const snr = noise > 0 ? intensity / noise : 0;
      seen.intensity[row] = intensity;
      seen.snr[row] = snr;
      seen.exponent[row] = exponent[row];
      seen.fitCounts[row] = counts[row];
      seen.exponentVariance[row] = exponentVariance[row];
      seen.flags[row] =
        (clamped[row] ? FLAG.clamped : 0) |
        (snr < -PRESENCE_SNR ? FLAG.overSubtracted : 0) |
        (apart[row] && snr < PRESENCE_SNR ? FLAG.level : 0);
      seen.valid[row] = 1;
    }
  }

  /** The spectra are net already; their noise is estimated from differences of neighbouring channels. */
  #takeNet(rows: number): void {
    const { width, samples, net, divisors } = this.block;
    const { signalStart, features } = this.window;
    const seen = this.#seen;
    for (let row = 0; row < rows; row++) {
      const from = row * width;
      let intensity = 0;
      for (let i = from + signalStart; i < from + width; i++) intensity += samples[i];
      divisors[row] = intensity > 0 ? intensity : 1;
      const channelVariance = differenceVariance(samples, from, from + width);
      const noise = Math.sqrt(this.calibration.noise.gain * channelVariance * (width - signalStart));
      const snr = noise > 0 ? intensity / noise : Math.sign(intensity) * MOST_SNR;
      seen.nothing(row, this.block.isFinite(row));
      if (!seen.valid[row]) continue;
      seen.intensity[row] = intensity;
      seen.snr[row] = Math.max(-MOST_SNR, Math.min(snr, MOST_SNR));
      seen.fitCounts[row] = Math.max(intensity, 0);
      seen.flags[row] =
        (intensity === 0 ? FLAG.noSignal : 0) | (snr < -PRESENCE_SNR ? FLAG.overSubtracted : 0);
      seen.channelVariance[row] = channelVariance;
    }
    this.block.findNet(rows);
    for (let row = 0; row < rows; row++)
      if (!(seen.fitCounts[row] > 0)) net.fill(0, row * features, (row + 1) * features);
  }
}

/** A block of spectra by an estimator of single ones. */
function oneByOne(estimator: BackgroundEstimator, { samples, laws, width, stride }: WindowBlock): FitBlock {
  return (rows, _, gain, found) => {
    for (let row = 0; row < rows; row++) {
      const law = laws.subarray(row * stride, row * stride + width);
      const fit = estimator.fit(samples, row * width, gain, law);
      if (fit) found.set(row, fit, fit.variance);
      else {
        law.fill(0);
        found.counts[row] = 0;
      }
    }
  };
}
