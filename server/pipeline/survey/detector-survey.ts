import type { SumSpectrum } from '../../../protocol/index.ts';
import { badChannels, saturationOf } from '../../analysis/detector/bad-channels.ts';
import { COUNTS, type CountUnit, countUnit, isScaled } from '../../analysis/detector/count-unit.ts';
import { DEAD_ROWS, DeadChannels } from '../../analysis/detector/dead-channels.ts';
import { DetectorNoiseEstimator } from '../../analysis/detector/detector-noise.ts';
import { SpikeLimits } from '../../analysis/detector/spikes.ts';
import { parts } from '../../analysis/math/parts.ts';
import { SpectrumBlock } from '../../analysis/windows/spectrum-block.ts';
import type { CubeReader } from '../../formats/cube.ts';
import { addends } from '../../formats/reading/patched-reader.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import { CountsCheck, type CountsFault } from './counts-check.ts';

/** Pairs of neighbouring pixels the detector's gain is estimated from. */
const GAIN_PAIRS = 1024;

/** Detector properties of the core loss, from every spectrum once: sums, noise, dead channels and spikes. */
export class DetectorSurvey {
  /** Counts per channel. */
  readonly sum: Float64Array;
  /** Room for spectra on their way into the sums. */
  readonly block: SpectrumBlock;
  /** Spectra in the sum. */
  spectra = 0;
  readonly #cube: Pick<CubeReader, 'layout'>;
  /** Undefined until the first spectra with counts have come, whose unit the spike limits need. */
  #spikes: SpikeLimits | undefined;
  #unit: CountUnit = COUNTS;
  readonly #noise: DetectorNoiseEstimator;
  readonly #pixels: number;
  readonly #dead: DeadChannels;
  readonly #counts = new CountsCheck();
  #pairs = 0;
  #saturated = 0;

  /** @param cube what is surveyed; further passes may come to it */
  constructor(cube: Pick<CubeReader, 'layout'>) {
    const { channels, shape } = cube.layout;
    this.#cube = cube;
    this.sum = new Float64Array(channels);
    this.block = new SpectrumBlock(channels);
    this.#dead = new DeadChannels(channels);
    this.#pixels = shape[0] * shape[1];
    this.#noise = new DetectorNoiseEstimator({ fitChannels: channels });
  }

  /** Takes spectra [first, end) of the block, all of finite samples; `sums` of the block are theirs. */
  add(first: number, end: number): void {
    const { channels } = this.#cube.layout;
    const { block, sum } = this;
    this.spectra += end - first;
    block.sums.fill(0);
    this.#dead.begin();
    for (const { from, rows } of parts(end - first, DEAD_ROWS)) {
      block.add(first + from, first + from + rows);
      this.#dead.add(block.sums, rows, this.#unit.one);
    }
    for (let i = 0; i < channels; i++) sum[i] += block.sums[i];
    this.#spikes ??= this.#spikesFrom(first, end);
    this.#spikes?.add(first, end);
    this.#counts.add(block, first, end);
    const saturation = this.saturation ?? Number.POSITIVE_INFINITY;
    for (let row = first; row < end; row++)
      if (block.most[row] >= saturation)
        for (let i = row * channels; i < (row + 1) * channels; i++)
          if (block.samples[i] >= saturation) this.#saturated++;
  }

  #spikesFrom(first: number, end: number): SpikeLimits | undefined {
    const { channels, dtype } = this.#cube.layout;
    if (isScaled(dtype)) {
      const unit = countUnit(this.block.samples.subarray(first * channels, end * channels), channels);
      if (!unit) return undefined;
      this.#unit = unit;
    }
    return new SpikeLimits(this.block, this.#pixels, this.#unit.one);
  }

  /** Takes the spectra of two neighbouring pixels, the second of which starts at `from`, while there are too few of them. */
  compare(spectra: Float32Array, from: number): void {
    if (this.#pairs >= GAIN_PAIRS) return;
    this.#pairs++;
    this.#noise.add(spectra, from - this.#cube.layout.channels, from);
  }

  /** Corrections to apply before spectra are shifted. */
  get corrections(): Omit<Alignment, 'applied' | 'dispersion'> {
    const { gain, channelGain } = this.#noise.estimate(this.#unit);
    const { one } = this.#unit;
    const spikes =
      this.#spikes?.limits(Math.max(gain, channelGain)) ??
      new Float32Array(this.sum.length).fill(Number.POSITIVE_INFINITY);
    return { bad: this.#badChannels(), spikes, one, gain };
  }

  /** Samples from this value on are saturated; undefined where that is unknown. */
  get saturation(): number | undefined {
    const { layout } = this.#cube;
    return saturationOf(layout.dtype, addends(layout));
  }

  /** Reason why the samples are no spectra. */
  get countsFault(): CountsFault | undefined {
    const { channels } = this.#cube.layout;
    return this.#counts.fault(this.#saturated, this.spectra * channels, this.saturation);
  }

  /** Variance over mean of the counts. */
  get gain(): number {
    return this.#noise.estimate(this.#unit).gain;
  }

  /** The same; 0 with too few neighbours. */
  get knownGain(): number {
    return this.#noise.isKnown ? this.gain : 0;
  }

  #badChannels(): Uint8Array {
    return this.#dead.mark(badChannels(this.sum, this.spectra, this.#unit.one));
  }

  faults(): NonNullable<SumSpectrum['faults']> {
    const { sum } = this;
    const bad = this.#badChannels();
    const { gain, channelGain } = this.#noise.estimate(this.#unit);
    /** Sum of the nearest good channel. */
    const beside = (channel: number): number => {
      for (let away = 1; away < bad.length; away++)
        for (const i of [channel - away, channel + away]) if (bad[i] === 0) return sum[i];
      return 0;
    };
    const channels = (isDead: boolean) =>
      Array.from(bad.keys()).filter((i) => bad[i] && isDead === (this.#dead.has(i) || sum[i] < beside(i)));
    return {
      dead: channels(true),
      hot: channels(false),
      spikes: this.#spikes?.count(Math.max(gain, channelGain)) ?? 0,
      saturated: this.#saturated,
    };
  }
}
