import type { SumSpectrum } from '../../protocol/index.ts';
import { badChannels, saturationOf } from '../analysis/bad-channels.ts';
import { DetectorNoiseEstimator } from '../analysis/detector-noise.ts';
import { SpikeLimits } from '../analysis/spikes.ts';
import type { CubeLayout } from '../formats/cube.ts';
import type { Alignment } from './aligned-reader.ts';

/** Pairs of neighbouring pixels the detector's gain is estimated from. */
const GAIN_PAIRS = 1024;

/** What the detector adds to the core loss, from every spectrum once: sums, noise, dead channels and spikes. */
export class DetectorSurvey {
  readonly sum: Float64Array;
  /** Those in the sum. */
  spectra = 0;
  readonly #layout: CubeLayout;
  readonly #spikes: SpikeLimits;
  readonly #noise: DetectorNoiseEstimator;
  #pairs = 0;
  #saturated = 0;

  constructor(layout: CubeLayout) {
    const { channels, shape } = layout;
    this.#layout = layout;
    this.sum = new Float64Array(channels);
    this.#spikes = new SpikeLimits(channels, shape[0] * shape[1]);
    this.#noise = new DetectorNoiseEstimator({ fitChannels: channels });
  }

  /**
   * Takes a spectrum of finite samples that starts at `from`.
   * @param hasNeighbour whether the spectrum before it is that of a neighbouring pixel
   * @param most its largest sample
   */
  add(spectra: Float32Array, from: number, hasNeighbour: boolean, most: number): void {
    const { channels, dtype, paths } = this.#layout;
    const { sum } = this;
    this.spectra++;
    for (let i = 0; i < channels; i++) sum[i] += spectra[from + i];
    this.#spikes.add(spectra, from);
    if (hasNeighbour && this.#pairs < GAIN_PAIRS) {
      this.#pairs++;
      this.#noise.add(spectra, from - channels, from);
    }
    const saturation = saturationOf(dtype, paths.length);
    if (saturation === undefined || most < saturation) return;
    let saturated = 0;
    for (let i = from; i < from + channels; i++) if (spectra[i] >= saturation) saturated++;
    this.#saturated += saturated;
  }

  /** What is to be mended before spectra are moved. */
  get mending(): Omit<Alignment, 'applied'> {
    const { gain, channelGain } = this.#noise.estimate();
    const spikes = this.#spikes.limits(Math.max(gain, channelGain));
    return { bad: badChannels(this.sum, this.spectra), spikes, gain };
  }

  /** Variance over mean of the counts. */
  get gain(): number {
    return this.#noise.estimate().gain;
  }

  faults(): NonNullable<SumSpectrum['faults']> {
    const { sum } = this;
    const bad = badChannels(sum, this.spectra);
    const { gain, channelGain } = this.#noise.estimate();
    const channels = (isDead: boolean) =>
      Array.from(bad.keys()).filter((i) => bad[i] && isDead === sum[i] < sum[i > 0 ? i - 1 : i + 1]);
    return {
      dead: channels(true),
      hot: channels(false),
      spikes: this.#spikes.count(Math.max(gain, channelGain)),
      saturated: this.#saturated,
    };
  }
}
