import { mendSpectrum } from './bad-channels.ts';
import { correlationMatrix, type DetectorNoise } from './detector-noise.ts';
import type { EdgeWindow } from './edge-window.ts';
import { type ExponentPrior, PowerLawFitter } from './power-law.ts';

/** Net signal over its noise from which an edge counts as present. */
export const PRESENCE_SNR = 3;

/** What must be known about a scan before a pixel's net signal and its noise can be told. */
export interface SignalCalibration {
  /** Span-long, 1 for dead and hot channels. */
  bad: Uint8Array;
  noise: DetectorNoise;
  /** Exponents of the scan; undefined before enough pixels are known. */
  exponents?: ExponentPrior;
}

/** One pixel seen through one edge's windows. */
export interface EdgeSignal {
  /** Σ net counts over the signal window. */
  intensity: number;
  /** Net counts over their noise. */
  snr: number;
  exponent: number;
  /** Counts in the fit window. */
  fitCounts: number;
  exponentVariance: number;
  /** False where a sample is not a finite number: such a pixel is treated as not measured. */
  valid: boolean;
}

const nothing = (valid: boolean): EdgeSignal => ({
  intensity: valid ? 0 : Number.NaN,
  snr: valid ? 0 : Number.NaN,
  exponent: Number.NaN,
  fitCounts: 0,
  exponentVariance: 0,
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
  readonly #fitter: PowerLawFitter;
  readonly #span: number;

  constructor(window: EdgeWindow, calibration: SignalCalibration) {
    this.window = window;
    this.calibration = calibration;
    this.#span = window.endChannel - window.firstChannel;
    this.#fitter = new PowerLawFitter(window, calibration.bad);
    this.background = new Float64Array(this.#span);
  }

  /**
   * Mends the spectrum whose span starts at `from` in place, fits its background and writes
   * net counts / counts in the fit window, which takes out thickness and dose, to `normalised` at `to`, one sample per
   * feature of the window.
   */
  extract(spectra: Float32Array, from: number, normalised: Float32Array, to: number): EdgeSignal {
    const { bad, exponents, noise: detector } = this.calibration;
    const { gain } = detector;
    let total = 0;
    for (let i = from; i < from + this.#span; i++) total += spectra[i];
    if (!Number.isFinite(total)) return nothing(false);
    mendSpectrum(spectra, from, this.#span, bad, gain);
    const fit = this.#fitter.fit(spectra, from, gain, exponents);
    const { signalStart, features, channelsPerFeature } = this.window;
    if (!fit) {
      this.background.fill(0);
      normalised.fill(0, to, to + features);
      return nothing(true);
    }
    this.#fitter.evaluate(fit, this.background);
    normalised.fill(0, to, to + features);
    let intensity = 0;
    for (let i = signalStart; i < this.#span; i++) {
      const net = spectra[from + i] - this.background[i];
      intensity += net;
      const feature = Math.floor((i - signalStart) / channelsPerFeature);
      if (feature < features) normalised[to + feature] += net / fit.counts;
    }
    const backgroundVariance = this.#fitter.backgroundVariance(fit, gain, this.background, signalStart);
    const noise = Math.sqrt(gain * (Math.max(intensity, 0) + backgroundVariance));
    return {
      intensity,
      snr: noise > 0 ? intensity / noise : 0,
      exponent: fit.exponent,
      fitCounts: fit.counts,
      exponentVariance: fit.exponentVariance,
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
      window.logEnergy.subarray(0, window.fitChannels).reduce((sum, x) => sum + x, 0) / window.fitChannels;
  }

  /** Adds a pixel whose span starts at `from`, just extracted. */
  add(spectra: Float32Array, from: number, background: Float64Array, seen: EdgeSignal): void {
    const { signalStart, logEnergy, features, channelsPerFeature } = this.#window;
    const perCount = 1 / seen.fitCounts ** 2;
    for (let feature = 0, i = signalStart; feature < features; feature++) {
      let tilt = 0;
      for (let n = 0; n < channelsPerFeature; n++, i++) {
        this.#counting[feature] += Math.max(spectra[from + i], 0) * perCount;
        tilt += background[i] * (logEnergy[i] - this.#fitMean);
      }
      this.#tilt[feature] += tilt * tilt * seen.exponentVariance * perCount;
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
