import type { SpectrumBlock } from '../windows/spectrum-block.ts';

/** Squares that differ by more than rounding. */
const SURELY_LESS = 1 - 1e-12;
/** The float32 kernel picks slightly more than the exact limit. */
const A_LITTLE_LESS = 0.999;
/** Squares below are not exact in float32 any more. */
const TINY = 1e-30;

/** Fewest channels for a comparison with neighbours. */
const FEWEST_CHANNELS = 5;

/**
 * Where the two neighbours are that a channel is compared with: two channels away on either side, so that x-rays may
 * hit two channels; at the ends of a spectrum two and three channels away on the one side there is. Either mean has the
 * same noise.
 */
const lowNeighbour = (channel: number, width: number): number =>
  channel < 2 ? 3 : channel < width - 2 ? -2 : -3;
const highNeighbour = (channel: number, width: number): number => (channel < width - 2 ? 2 : -2);

/** Whether spikes can be detected in spectra of `width` channels. */
export const canDetectSpikes = (width: number): boolean => width >= FEWEST_CHANNELS;

/** The two neighbours of the sample `at` of a spectrum that starts at `from`. */
export function neighboursOf(
  spectra: Float32Array,
  from: number,
  channel: number,
  width: number,
): [number, number] {
  const at = from + channel;
  return [spectra[at + lowNeighbour(channel, width)], spectra[at + highNeighbour(channel, width)]];
}

/**
 * How far a channel stands above its neighbours, in units of counting noise for gain 1 (that of one count where there
 * are none). White lines stand out too, but in many pixels; x-rays hit one channel, sometimes two, of one.
 * @param from where the spectrum starts
 * @param one value of one count in the samples
 */
export function prominence(
  spectra: Float32Array,
  from: number,
  channel: number,
  width: number,
  one = 1,
): number {
  const at = from + channel;
  const around =
    (spectra[at + lowNeighbour(channel, width)] + spectra[at + highNeighbour(channel, width)]) / 2;
  return (spectra[at] - around) / Math.sqrt(1.5 * Math.max(around, 0) + one);
}

/**
 * Whether a sample may stand out by more than `limit`; decided for nearly every one without the root and the division.
 */
function mayStandOut(
  spectra: Float32Array,
  from: number,
  channel: number,
  width: number,
  limit: number,
  one: number,
): boolean {
  if (!(limit >= 0)) return true;
  const at = from + channel;
  const around =
    (spectra[at + lowNeighbour(channel, width)] + spectra[at + highNeighbour(channel, width)]) / 2;
  const height = spectra[at] - around;
  if (!(height > 0)) return false;
  const variance = around > 0 ? 1.5 * around + one : one;
  return height * height >= SURELY_LESS * limit * limit * variance;
}

/** Finds the samples of a block of spectra that stand out by more than a limit of their channel. */
export class SpikeScreen {
  /** Prominences of the samples found by the last search. */
  readonly prominences: Float32Array;
  readonly #block: SpectrumBlock;
  readonly #limits: Float32Array;
  readonly #one: number;

  /**
   * @param block used by this screen alone
   * @param limits prominence beyond which a sample stands out, per channel
   * @param one value of one count in the samples
   */
  constructor(block: SpectrumBlock, limits: Float32Array, one = 1) {
    this.#block = block;
    this.#one = one;
    this.#limits = limits.slice();
    this.prominences = new Float32Array(block.found.length);
    limits.forEach((limit, channel) => {
      this.setLimit(channel, limit);
    });
  }

  setLimit(channel: number, limit: number): void {
    this.#limits[channel] = limit;
    const square = A_LITTLE_LESS * limit * limit;
    const threshold = limit < 0 ? Number.NEGATIVE_INFINITY : square * this.#one ** 2 < TINY ? 0 : square;
    this.#block.setThreshold(channel, threshold, this.#one);
  }

  /**
   * Looks through spectra [first, end) of the block, all of finite samples.
   * @returns how many samples stand out: `found` of the block has them, row · width + channel counted from `first` on
   */
  search(first: number, end: number): number {
    const limits = this.#limits;
    const { prominences } = this;
    const { samples, width, found } = this.#block;
    if (!canDetectSpikes(width)) return 0;
    const from = first * width;
    const picked = this.#block.pick(first, end);
    let count = 0;
    for (let n = 0, row = 0; n < (picked ?? (end - first) * width); n++) {
      const place = picked === undefined ? n : found[n];
      while (place >= row + width) row += width;
      const channel = place - row;
      if (!mayStandOut(samples, from + row, channel, width, limits[channel], this.#one)) continue;
      const value = prominence(samples, from + row, channel, width, this.#one);
      if (!(value > limits[channel])) continue;
      found[count] = place;
      prominences[count++] = value;
    }
    return count;
  }
}
