import type { SpectrumBlock } from '../windows/spectrum-block.ts';
import { MostProminent, type Prominences } from './most-prominent.ts';
import { SpikeScreen } from './spike-screen.ts';

/** Learns for every channel of a block's spectra how far it may stand out (`most-prominent.ts`). */
export class SpikeLimits {
  readonly #most: MostProminent;
  readonly #block: SpectrumBlock;
  readonly #candidates: SpikeScreen;
  readonly #one: number;

  /**
   * @param block whose spectra are taken
   * @param spectra how many there will be at most
   * @param one value of one count in the samples
   */
  constructor(block: SpectrumBlock, spectra: number, one = 1) {
    this.#block = block;
    this.#most = new MostProminent(block.width, spectra);
    this.#one = one;
    this.#candidates = new SpikeScreen(block, this.#most.floors, one);
  }

  /** See `MostProminent`. */
  limits(gain: number): Float32Array {
    return this.#most.limits(gain, this.#one);
  }

  count(gain: number): number {
    return this.#most.count(gain, this.#one);
  }

  drain(): Prominences {
    return this.#most.drain();
  }

  /** Raises the lower limits: smaller prominences need not be kept, since other threads have enough larger ones. */
  raise(floors: Float32Array): void {
    floors.forEach((floor, channel) => {
      if (floor <= this.#most.floors[channel]) return;
      this.#most.floors[channel] = floor;
      this.#candidates.setLimit(channel, floor);
    });
  }

  /** Takes spectra [first, end) of the block, all of finite samples. */
  add(first: number, end: number): void {
    const { found, width } = this.#block;
    const { prominences } = this.#candidates;
    const most = this.#most;
    most.spectra += end - first;
    const count = this.#candidates.search(first, end);
    for (let n = 0, row = 0; n < count; n++) {
      while (found[n] >= row + width) row += width;
      const channel = found[n] - row;
      if (most.add(channel, prominences[n])) this.#candidates.setLimit(channel, most.floors[channel]);
    }
  }
}
