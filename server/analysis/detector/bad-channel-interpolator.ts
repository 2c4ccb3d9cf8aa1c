import type { SpectrumBlock } from '../windows/spectrum-block.ts';
import { interpolateBadChannels, isObviousSpike, type SampleLimits } from './bad-channels.ts';
import { canDetectSpikes, SpikeScreen } from './spike-screen.ts';

/**
 * Replaces bad channels, saturated samples and spikes (x-rays, cosmic rays) by the mean of the nearest good channels.
 */
export class BadChannelInterpolator {
  readonly #block: SpectrumBlock;
  readonly #bad: Uint8Array;
  readonly #badChannels: number[];
  readonly #gain: number;
  readonly #saturation: number;
  readonly #screen: SpikeScreen | undefined;

  /**
   * @param block its spectra are changed in place
   * @param bad one entry per channel, 1 for dead and hot ones
   * @param gain variance over mean of the counts
   */
  constructor(
    block: SpectrumBlock,
    bad: Uint8Array,
    gain: number,
    { spikes, one, saturation = Number.POSITIVE_INFINITY }: SampleLimits = {},
  ) {
    this.#block = block;
    this.#bad = bad;
    this.#badChannels = [...bad.keys()].filter((i) => bad[i]);
    this.#gain = gain;
    this.#saturation = saturation;
    this.#screen = spikes && new SpikeScreen(block, spikes, one);
  }

  /**
   * Interpolates in the first `rows` spectra, except those with a sample that is not finite.
   * @returns samples replaced besides the bad channels
   */
  interpolate(rows: number): number {
    const { width, samples } = this.#block;
    if (this.#badChannels.length > 0)
      for (let row = 0; row < rows; row++)
        if (this.#block.isFinite(row)) interpolateBadChannels(samples, row * width, width, this.#badChannels);
    let corrected = 0;
    for (const [row, channels] of this.#badSamples(rows)) {
      interpolateBadChannels(samples, row * width, width, channels);
      corrected += channels.length;
    }
    return corrected;
  }

  /** Saturated channels and spikes by spectrum; there are few. */
  #badSamples(rows: number): Map<number, number[]> {
    const { width, samples, most, found } = this.#block;
    const badSamples = new Map<number, number[]>();
    const note = (row: number, channel: number) => {
      if (!this.#block.isFinite(row)) return;
      const channels = badSamples.get(row);
      if (!channels) badSamples.set(row, [channel]);
      else if (!channels.includes(channel)) channels.push(channel);
    };
    for (let row = 0; row < rows; row++)
      if (most[row] >= this.#saturation)
        for (let i = 0; i < width; i++)
          if (!this.#bad[i] && samples[row * width + i] >= this.#saturation) note(row, i);
    if (this.#screen) {
      const count = this.#screen.search(0, rows);
      for (let n = 0; n < count; n++) note(Math.floor(found[n] / width), found[n] % width);
    } else if (canDetectSpikes(width))
      for (let row = 0; row < rows; row++)
        for (let i = 0; i < width; i++)
          if (isObviousSpike(samples, row * width, i, width, this.#gain)) note(row, i);
    return badSamples;
  }
}
