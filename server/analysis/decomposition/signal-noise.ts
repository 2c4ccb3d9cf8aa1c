import type { EdgeSignals } from '../background/edge-signal.ts';
import type { DetectorNoise } from '../detector/detector-noise.ts';
import { correlationMatrix, sumCorrelation, sumVariance } from '../detector/noise-correlation.ts';
import { addTo } from '../math/add-to.ts';
import type { EdgeWindow } from '../windows/edge-window.ts';
import type { WindowBlock } from '../windows/window-block.ts';

/** Sums over some pixels, one entry per feature. */
export interface NoiseSums {
  /** Sum of their weights. */
  pixels: number;
  counting: Float64Array;
  tilt: Float64Array;
  scale: Float64Array;
  /** Pixels by how noisy they are. */
  spread: Float64Array;
}

/** Noise properties besides the covariance for a typical pixel. */
export interface NoiseSpread {
  /** How much the noise of pixels differs: variances in some unit, and pixels with each. */
  variances: Float64Array;
  pixels: Float64Array;
  /** Standard deviation, by feature, of noise that all features share: what the counts that spectra are divided by add. */
  scale: Float64Array;
}

/** Variances are binned by this factor, from the smallest on. */
const SPREAD_FACTOR = 2 ** 0.25;
const LEAST_SPREAD = 1e-20;
const SPREAD_STEPS = 512;

/**
 * Covariance of the noise of normalised net spectra, for a typical pixel: what the detector adds to each channel, averaged
 * over pixels, and what the uncertain exponent adds to all channels together, ∂b/∂r = −b·(ln E − mean ln E of the fit
 * window), from the root mean square of its deviation. What the counts N of the fit window add, by which spectra are
 * divided, y·σ(N)/N², is kept apart: it makes no component, but how much of an element there is lies in its direction, and
 * would be given less weight.
 */
export class SignalNoise {
  readonly #window: EdgeWindow;
  readonly #fitMean: number;
  readonly #counting: Float64Array;
  readonly #tilt: Float64Array;
  readonly #scale: Float64Array;
  readonly #spread = new Float64Array(SPREAD_STEPS);
  #pixels = 0;

  constructor(window: EdgeWindow) {
    this.#window = window;
    this.#counting = new Float64Array(window.features);
    this.#tilt = new Float64Array(window.features);
    this.#scale = new Float64Array(window.features);
    this.#fitMean =
      window.logEnergy.subarray(0, window.fitChannels).reduce((sum, x) => sum + x, 0) /
      Math.max(window.fitChannels, 1);
  }

  /**
   * Adds spectrum `row` of a block just extracted.
   * @param weight what it counts for: that of its row in the covariance it is the noise of
   */
  add({ samples, width, laws, stride }: WindowBlock, row: number, seen: EdgeSignals, weight = 1): void {
    const { signalStart, logEnergy, features, channelsPerFeature } = this.#window;
    const perCount = weight / seen.fitCounts[row] ** 2;
    const channelVariance = seen.channelVariance[row];
    const exponentVariance = seen.exponentVariance[row];
    const isCounted = Number.isNaN(channelVariance);
    const [from, law] = [row * width, row * stride];
    let sum = 0;
    for (let feature = 0, i = signalStart; feature < features; feature++) {
      let tilt = 0;
      let counts = 0;
      for (let n = 0; n < channelsPerFeature; n++, i++) {
        const variance = isCounted ? Math.max(samples[from + i], 0) : channelVariance;
        this.#counting[feature] += variance * perCount;
        sum += variance;
        counts += samples[from + i];
        tilt += laws[law + i] * (logEnergy[i] - this.#fitMean);
      }
      if (exponentVariance > 0) this.#tilt[feature] += tilt * tilt * exponentVariance * perCount;
      if (isCounted) this.#scale[feature] += (counts * counts * perCount) / seen.fitCounts[row];
    }
    this.#spread[stepOf(sum * perCount)]++;
    this.#pixels += weight;
  }

  /** Returns the sums so far and resets them. */
  drain(): NoiseSums {
    const all = this.#all();
    const sums = {
      pixels: this.#pixels,
      counting: this.#counting.slice(),
      tilt: this.#tilt.slice(),
      scale: this.#scale.slice(),
      spread: this.#spread.slice(),
    };
    this.#pixels = 0;
    for (const values of all) values.fill(0);
    return sums;
  }

  /** Adds pixels that another has seen. */
  merge({ pixels, counting, tilt, scale, spread }: NoiseSums): void {
    this.#pixels += pixels;
    const parts = [counting, tilt, scale, spread];
    for (const [i, values] of this.#all().entries()) addTo(values, parts[i]);
  }

  #all(): Float64Array[] {
    return [this.#counting, this.#tilt, this.#scale, this.#spread];
  }

  spread({ gain }: DetectorNoise): NoiseSpread {
    const variances = this.#spread.map((_, step) => LEAST_SPREAD * SPREAD_FACTOR ** step);
    const scale = this.#scale.map((value) => Math.sqrt((gain * value) / Math.max(this.#pixels, 1)));
    return { variances, pixels: this.#spread, scale };
  }

  /** features × features, positive definite. */
  covariance({ gain, channelGain, correlation }: DetectorNoise): Float64Array {
    const { features, channelsPerFeature } = this.#window;
    const n = Math.max(this.#pixels, 1);
    // A feature without counts gets a hundredth of the mean noise.
    const mean = this.#counting.reduce((sum, value) => sum + value, 0) / features;
    const floor = Math.max(0.01 * mean, 1e-300);
    // Where correlations are not known, the gain of sums over many channels is.
    const isKnown = channelsPerFeature === 1 || correlation.length > 0;
    const perCount = isKnown ? channelGain * sumVariance(correlation, channelsPerFeature) : gain;
    const matrix = correlationMatrix(sumCorrelation(correlation, channelsPerFeature), features);
    const deviation = this.#counting.map((value) => Math.sqrt((perCount * Math.max(value, floor)) / n));
    const tilt = this.#tilt.map((value) => Math.sqrt(value / n));
    for (let i = 0; i < features; i++)
      for (let j = 0; j < features; j++)
        matrix[i * features + j] =
          matrix[i * features + j] * (deviation[i] * deviation[j]) + tilt[i] * tilt[j];
    return matrix;
  }
}

const stepOf = (variance: number): number => {
  const step = Math.round(Math.log(variance / LEAST_SPREAD) / Math.log(SPREAD_FACTOR));
  return Math.min(Math.max(step, 0), SPREAD_STEPS - 1) || 0;
};
