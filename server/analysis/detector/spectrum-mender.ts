import type { SpectrumBlock } from '../windows/spectrum-block.ts';
import { mendChannels, type SampleLimits, standsOutWildly } from './bad-channels.ts';
import { SpikeScreen, tellsSpikes } from './spike-screen.ts';

/**
 * Puts the mean of the nearest good neighbours in place of bad channels, cut-off samples and spikes (x-rays, cosmic
 * rays).
 */
export class SpectrumMender {
  readonly #block: SpectrumBlock;
  readonly #bad: Uint8Array;
  readonly #badChannels: number[];
  readonly #gain: number;
  readonly #saturation: number;
  readonly #screen: SpikeScreen | undefined;

  /**
   * @param block whose spectra are mended in place
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
   * Mends the first `rows` spectra but those with a sample that is no finite number.
   * @returns samples mended beside the bad channels
   */
  mend(rows: number): number {
    const { width, samples } = this.#block;
    if (this.#badChannels.length > 0)
      for (let row = 0; row < rows; row++)
        if (this.#block.isFinite(row)) mendChannels(samples, row * width, width, this.#badChannels);
    let mended = 0;
    for (const [row, channels] of this.#spoilt(rows)) {
      mendChannels(samples, row * width, width, channels);
      mended += channels.length;
    }
    return mended;
  }

  /** Channels that are cut off or stand out, by spectrum: there are hardly any. */
  #spoilt(rows: number): Map<number, number[]> {
    const { width, samples, most, found } = this.#block;
    const spoilt = new Map<number, number[]>();
    const note = (row: number, channel: number) => {
      if (!this.#block.isFinite(row)) return;
      const channels = spoilt.get(row);
      if (!channels) spoilt.set(row, [channel]);
      else if (!channels.includes(channel)) channels.push(channel);
    };
    for (let row = 0; row < rows; row++)
      if (most[row] >= this.#saturation)
        for (let i = 0; i < width; i++)
          if (!this.#bad[i] && samples[row * width + i] >= this.#saturation) note(row, i);
    if (this.#screen) {
      const count = this.#screen.search(0, rows);
      for (let n = 0; n < count; n++) note(Math.floor(found[n] / width), found[n] % width);
    } else if (tellsSpikes(width))
      for (let row = 0; row < rows; row++)
        for (let i = 0; i < width; i++)
          if (standsOutWildly(samples, row * width, i, width, this.#gain)) note(row, i);
    return spoilt;
  }
}
