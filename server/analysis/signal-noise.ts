import { addTo } from './add-to.ts';
import { correlationMatrix, type DetectorNoise } from './detector-noise.ts';
import type { EdgeSignals } from './edge-signal.ts';
import type { EdgeWindow } from './edge-window.ts';
import type { WindowBlock } from './window-block.ts';

/** Sums over some pixels, one entry per feature. */
export interface NoiseSums {
  pixels: number;
  counting: Float64Array;
  tilt: Float64Array;
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

  /** Adds spectrum `row` of a block just extracted. */
  add({ samples, width, laws, stride }: WindowBlock, row: number, seen: EdgeSignals): void {
    const { signalStart, logEnergy, features, channelsPerFeature } = this.#window;
    const perCount = 1 / seen.fitCounts[row] ** 2;
    const channelVariance = seen.channelVariance[row];
    const exponentVariance = seen.exponentVariance[row];
    const isCounted = Number.isNaN(channelVariance);
    const [from, law] = [row * width, row * stride];
    for (let feature = 0, i = signalStart; feature < features; feature++) {
      let tilt = 0;
      for (let n = 0; n < channelsPerFeature; n++, i++) {
        const variance = isCounted ? Math.max(samples[from + i], 0) : channelVariance;
        this.#counting[feature] += variance * perCount;
        tilt += laws[law + i] * (logEnergy[i] - this.#fitMean);
      }
      if (exponentVariance > 0) this.#tilt[feature] += tilt * tilt * exponentVariance * perCount;
    }
    this.#pixels++;
  }

  /** Gives away what it has seen, and begins afresh. */
  handOver(): NoiseSums {
    const sums = { pixels: this.#pixels, counting: this.#counting.slice(), tilt: this.#tilt.slice() };
    this.#pixels = 0;
    this.#counting.fill(0);
    this.#tilt.fill(0);
    return sums;
  }

  /** Adds pixels that another has seen. */
  merge({ pixels, counting, tilt }: NoiseSums): void {
    this.#pixels += pixels;
    addTo(this.#counting, counting);
    addTo(this.#tilt, tilt);
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
