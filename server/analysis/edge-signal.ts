import { allFinite } from './all-finite.ts';
import { backgroundEstimator } from './background.ts';
import type { Curvature } from './background-curvature.ts';
import type { BackgroundEstimator, BackgroundMethod } from './background-method.ts';
import { mendSpectrum, type SampleLimits } from './bad-channels.ts';
import { correlationMatrix, type DetectorNoise } from './detector-noise.ts';
import type { EdgeWindow } from './edge-window.ts';
import type { ExponentPrior } from './power-law.ts';
import { differenceVariance } from './residual-noise.ts';

/** Net signal over its noise from which an edge counts as present. */
export const PRESENCE_SNR = 3;

/** What is wrong with the background of a pixel, bits of a map. */
export const FLAG = {
  /** No counts in the fit window (or, with the background taken elsewhere, no net counts): nothing to fit. */
  noSignal: 1,
  /** The exponent was not physical and was set to the nearest one that is. */
  clamped: 2,
  /** The net signal is negative beyond three times its noise: the background is too high. */
  overSubtracted: 4,
} as const;

/** Data without noise have no signal-to-noise ratio; they get this one. */
const MOST_SNR = 1e6;

/** What must be known about a scan before a pixel's net signal and its noise can be told. */
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

/** One pixel seen through one edge's windows. */
export interface EdgeSignal {
  /** Σ net counts over the signal window. */
  intensity: number;
  /** Net counts over their noise. */
  snr: number;
  exponent: number;
  /** What the net spectrum was divided by: counts in the fit window, or without a background the net counts. */
  fitCounts: number;
  exponentVariance: number;
  /** Bits of FLAG. */
  flags: number;
  /** Noise variance of a channel, where it cannot be told from counts: with the background taken elsewhere. */
  channelVariance?: number;
  /** False where a sample is not a finite number: such a pixel is treated as not measured. */
  valid: boolean;
}

const nothing = (valid: boolean): EdgeSignal => ({
  intensity: valid ? 0 : Number.NaN,
  snr: valid ? 0 : Number.NaN,
  exponent: Number.NaN,
  fitCounts: 0,
  exponentVariance: 0,
  flags: valid ? FLAG.noSignal : 0,
  valid,
});

/**
 * Takes the background from spectra of one edge. The signal-to-noise ratio is Egerton's,
 * I_k / √(g·(I_k + h·I_b)), with the detector's gain g and h from the fit.
 */
export class SignalExtractor {
  readonly window: EdgeWindow;
  readonly calibration: SignalCalibration;
  /** Background of the last spectrum over the span, counts. */
  readonly background: Float64Array;
  readonly #estimator: BackgroundEstimator | undefined;
  readonly #span: number;
  readonly #limits: SampleLimits;

  constructor(window: EdgeWindow, calibration: SignalCalibration) {
    const { background = 'poisson', bad, exponents, curvature } = calibration;
    this.window = window;
    this.calibration = calibration;
    this.#span = window.endChannel - window.firstChannel;
    this.#estimator =
      background === 'none'
        ? undefined
        : backgroundEstimator(background, window, bad, exponents, curvature?.value);
    this.background = new Float64Array(this.#span);
    // What stands out in net counts of unknown scale cannot be told.
    const noSpikes = new Float32Array(this.#span).fill(Number.POSITIVE_INFINITY);
    this.#limits = this.#estimator ? (calibration.samples ?? {}) : { spikes: noSpikes };
  }

  /**
   * Mends the spectrum whose span starts at `from` in place, fits its background and writes
   * net counts / counts in the fit window, which takes out thickness and dose, to `normalised` at `to`, one sample per
   * feature of the window. Where the background was taken elsewhere the net counts of the signal window stand for those
   * of the fit window.
   */
  extract(spectra: Float32Array, from: number, normalised: Float32Array, to: number): EdgeSignal {
    const { bad, noise: detector } = this.calibration;
    const { gain } = detector;
    if (!allFinite(spectra, from, this.#span)) return nothing(false);
    mendSpectrum(spectra, from, this.#span, bad, gain, this.#limits);
    normalised.fill(0, to, to + this.window.features);
    if (!this.#estimator) return this.#extractNet(spectra, from, normalised, to);
    const fit = this.#estimator.fit(spectra, from, gain, this.background);
    if (!fit) {
      this.background.fill(0);
      return nothing(true);
    }
    const intensity = this.#normalise(spectra, from, normalised, to, fit.counts);
    const noise = Math.sqrt(gain * (Math.max(intensity, 0) + fit.variance));
    const snr = noise > 0 ? intensity / noise : 0;
    return {
      intensity,
      snr,
      exponent: fit.exponent,
      fitCounts: fit.counts,
      exponentVariance: fit.exponentVariance,
      flags: (fit.clamped ? FLAG.clamped : 0) | (snr < -PRESENCE_SNR ? FLAG.overSubtracted : 0),
      valid: true,
    };
  }

  /** Net counts of the features over `divisor`; returns their sum over the signal window. */
  #normalise(
    spectra: Float32Array,
    from: number,
    normalised: Float32Array,
    to: number,
    divisor: number,
  ): number {
    const { signalStart, features, channelsPerFeature } = this.window;
    let intensity = 0;
    let i = signalStart;
    for (let feature = to; feature < to + features; feature++)
      for (let n = 0; n < channelsPerFeature; n++, i++) {
        const net = spectra[from + i] - this.background[i];
        intensity += net;
        normalised[feature] += net / divisor;
      }
    for (; i < this.#span; i++) intensity += spectra[from + i] - this.background[i];
    return intensity;
  }

  /** The spectrum is net already; its noise is told from how much neighbouring channels differ. */
  #extractNet(spectra: Float32Array, from: number, normalised: Float32Array, to: number): EdgeSignal {
    const { signalStart } = this.window;
    let intensity = 0;
    for (let i = signalStart; i < this.#span; i++) intensity += spectra[from + i];
    const channelVariance = differenceVariance(spectra, from, from + this.#span);
    const noise = Math.sqrt(this.calibration.noise.gain * channelVariance * (this.#span - signalStart));
    const snr = noise > 0 ? intensity / noise : Math.sign(intensity) * MOST_SNR;
    if (intensity > 0) this.#normalise(spectra, from, normalised, to, intensity);
    return {
      intensity,
      snr: Math.max(-MOST_SNR, Math.min(snr, MOST_SNR)),
      exponent: Number.NaN,
      fitCounts: Math.max(intensity, 0),
      exponentVariance: 0,
      flags: (intensity === 0 ? FLAG.noSignal : 0) | (snr < -PRESENCE_SNR ? FLAG.overSubtracted : 0),
      channelVariance,
      valid: true,
    };
  }
}

/**
 * Covariance of the noise of normalised net spectra, for a typical pixel: what the detector adds to each channel, averaged
 * over pixels, and what the uncertain exponent adds to all channels together, ∂b/∂r = −b·(ln E − mean ln E of the fit
 * window), from the root mean square of its deviation.
 */
export class SignalNoise {
  readonly #window: EdgeWindow;
  readonly #fitMean: number;
  readonly #counting: Float64Array;
  readonly #tilt: Float64Array;
  #pixels = 0;

  constructor(window: EdgeWindow) {
    this.#window = window;
    this.#counting = new Float64Array(window.features);
    this.#tilt = new Float64Array(window.features);
    this.#fitMean =
      window.logEnergy.subarray(0, window.fitChannels).reduce((sum, x) => sum + x, 0) /
      Math.max(window.fitChannels, 1);
  }

  /** Adds a pixel whose span starts at `from`, just extracted. */
  add(spectra: Float32Array, from: number, background: Float64Array, seen: EdgeSignal): void {
    const { signalStart, logEnergy, features, channelsPerFeature } = this.#window;
    const perCount = 1 / seen.fitCounts ** 2;
    for (let feature = 0, i = signalStart; feature < features; feature++) {
      let tilt = 0;
      for (let n = 0; n < channelsPerFeature; n++, i++) {
        this.#counting[feature] += (seen.channelVariance ?? Math.max(spectra[from + i], 0)) * perCount;
        tilt += background[i] * (logEnergy[i] - this.#fitMean);
      }
      if (seen.exponentVariance > 0) this.#tilt[feature] += tilt * tilt * seen.exponentVariance * perCount;
    }
    this.#pixels++;
  }

  /** features × features, positive definite. */
  covariance(detector: DetectorNoise): Float64Array {
    const { features, channelsPerFeature } = this.#window;
    const n = Math.max(this.#pixels, 1);
    // A feature without counts gets a hundredth of the mean noise.
    const mean = this.#counting.reduce((sum, value) => sum + value, 0) / features;
    const floor = Math.max(0.01 * mean, 1e-300);
    // Noise that neighbours share is inside a feature of several channels, and no longer between two of them.
    const binned = channelsPerFeature > 1;
    const gain = binned ? detector.gain : detector.channelGain;
    const matrix = correlationMatrix(binned ? { ...detector, correlation: [] } : detector, features);
    const deviation = this.#counting.map((value) => Math.sqrt((gain * Math.max(value, floor)) / n));
    const tilt = this.#tilt.map((value) => Math.sqrt(value / n));
    for (let i = 0; i < features; i++)
      for (let j = 0; j < features; j++)
        matrix[i * features + j] =
          matrix[i * features + j] * (deviation[i] * deviation[j]) + tilt[i] * tilt[j];
    return matrix;
  }
}
