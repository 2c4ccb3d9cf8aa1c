import { select } from './median.ts';
import type { SpectrumBlock } from './spectrum-block.ts';
import { SpikeScreen } from './spike-screen.ts';

/** Deviations by which a sample must stand out beyond what its channel does elsewhere in the scan. */
const BEYOND = 6;
/** Rarer than this, what stands out in a channel may be a spike; more often it is the specimen (a white line). */
const RARE = 1e-3;
const FEWEST_KEPT = 3;
/** Fewer spectra than this do not tell what a channel does elsewhere. */
const FEWEST_SPECTRA = 64;

/**
 * Learns for every channel how far it may stand out: as far as in the (3 + a thousandth)-th most prominent spectrum, and six
 * deviations more. So a line that a thousandth of the pixels shows is not taken for a spike, nor are up to three x-rays in a
 * channel (and a thousandth of the spectra more) for a line. Order does not matter.
 */
export class SpikeLimits {
  readonly #block: SpectrumBlock;
  readonly #channels: number;
  readonly #keep: number;
  /** Per channel, room for twice as many as are kept: the largest prominences, and candidates in no order. */
  readonly #largest: Float32Array;
  readonly #held: Uint32Array;
  /** How many of those held are in order, from the first on. */
  readonly #sorted: Uint32Array;
  /** What a candidate must exceed: the least of those kept when the room was last tidied. */
  readonly #candidates: SpikeScreen;
  #spectra = 0;

  /**
   * @param block whose spectra are taken
   * @param spectra how many there will be at most
   */
  constructor(block: SpectrumBlock, spectra: number) {
    const channels = block.width;
    this.#block = block;
    this.#channels = channels;
    this.#keep = FEWEST_KEPT + Math.ceil(RARE * spectra);
    this.#largest = new Float32Array(2 * channels * this.#keep);
    this.#held = new Uint32Array(channels);
    this.#sorted = new Uint32Array(channels);
    this.#candidates = new SpikeScreen(block, new Float32Array(channels).fill(Number.NEGATIVE_INFINITY));
  }

  /** Takes spectra [first, end) of the block, all of finite samples. */
  add(first: number, end: number): void {
    const { found, width } = this.#block;
    const { prominences } = this.#candidates;
    this.#spectra += end - first;
    const count = this.#candidates.search(first, end);
    for (let n = 0, row = 0; n < count; n++) {
      while (found[n] >= row + width) row += width;
      this.#hold(found[n] - row, prominences[n]);
    }
  }

  #hold(channel: number, value: number): void {
    const keep = this.#keep;
    const from = 2 * channel * keep;
    this.#largest[from + this.#held[channel]++] = value;
    if (this.#held[channel] < 2 * keep) return;
    const room = this.#largest.subarray(from, from + 2 * keep);
    this.#candidates.setLimit(channel, select(room, keep));
    room.copyWithin(0, keep);
    this.#held[channel] = keep;
    this.#sorted[channel] = 0;
  }

  /** The largest prominences of a channel, falling; at most as many as are kept. */
  #most(channel: number): Float32Array {
    const from = 2 * channel * this.#keep;
    const held = this.#largest.subarray(from, from + this.#held[channel]);
    // Asked again and again, and it is rare that anything has come.
    if (held.length > this.#sorted[channel]) held.sort().reverse();
    this.#held[channel] = Math.min(held.length, this.#keep);
    this.#sorted[channel] = this.#held[channel];
    return held.subarray(0, this.#held[channel]);
  }

  /**
   * Prominence above which a sample is a spike, per channel; infinite where too few spectra tell.
   * @param gain variance over mean of a channel's counts
   */
  limits(gain: number): Float32Array {
    const limits = new Float32Array(this.#channels).fill(Number.POSITIVE_INFINITY);
    if (this.#spectra < FEWEST_SPECTRA) return limits;
    const rank = Math.min(this.#keep, FEWEST_KEPT + Math.ceil(RARE * this.#spectra)) - 1;
    // One electron where there is no other stands out by the gain, brighter channels by its root.
    const beyond = BEYOND * Math.max(gain, 1);
    for (let i = 2; i < this.#channels - 2; i++) limits[i] = Math.max(this.#most(i)[rank], 0) + beyond;
    return limits;
  }

  /** Samples taken so far that are spikes: all of them are among the most prominent ones. */
  count(gain: number): number {
    const limits = this.limits(gain);
    let count = 0;
    for (let i = 2; i < this.#channels - 2; i++)
      for (const value of this.#most(i)) if (value > limits[i]) count++;
    return count;
  }
}
