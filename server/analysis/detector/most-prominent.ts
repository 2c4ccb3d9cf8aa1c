import { select } from '../math/median.ts';
import { type Memory, ownMemory, zeros } from '../math/memory.ts';

/** Deviations by which a sample must exceed its channel's usual prominence. */
const BEYOND = 6;
/** A prominence rarer than this may be a spike; a more frequent one is the specimen (a white line). */
const RARE = 1e-3;
const FEWEST_KEPT = 3;
/** Fewest spectra to know a channel's usual prominence. */
const FEWEST_SPECTRA = 64;

/** Largest prominences of a part of a scan; plain data. */
export interface Prominences {
  spectra: number;
  /** How many of `values` are those of each channel, one channel after the other. */
  counts: Uint32Array;
  values: Float32Array;
}

/**
 * The largest prominences of every channel: as many as needed for the (3 + a thousandth)-th most prominent one. A line
 * that a thousandth of the pixels shows is then not taken for a spike, nor are up to three x-rays in a channel (and a
 * thousandth of the spectra more) for a line. Order does not matter.
 */
export class MostProminent {
  /** Lower limit per channel: the least value kept at the last pruning. */
  readonly floors: Float32Array;
  /** Number of spectra searched. */
  spectra = 0;
  readonly #channels: number;
  readonly #keep: number;
  /** Per channel, room for twice as many as are kept: the largest prominences, and candidates in no order. */
  readonly #largest: Float32Array;
  readonly #held: Uint32Array;
  /** How many of those held are in order, from the first on. */
  readonly #sorted: Uint32Array;

  /**
   * @param spectra how many there will be at most
   * @param memory for the floors
   */
  constructor(channels: number, spectra: number, memory: Memory = ownMemory) {
    this.#channels = channels;
    this.#keep = FEWEST_KEPT + Math.ceil(RARE * spectra);
    this.#largest = new Float32Array(2 * channels * this.#keep);
    this.#held = new Uint32Array(channels);
    this.#sorted = new Uint32Array(channels);
    this.floors = zeros(Float32Array, channels, memory).fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * Takes one more.
   * @returns whether the floor of the channel has risen
   */
  add(channel: number, value: number): boolean {
    const keep = this.#keep;
    const from = 2 * channel * keep;
    this.#largest[from + this.#held[channel]++] = value;
    if (this.#held[channel] < 2 * keep) return false;
    const room = this.#largest.subarray(from, from + 2 * keep);
    this.floors[channel] = select(room, keep);
    room.copyWithin(0, keep);
    this.#held[channel] = keep;
    this.#sorted[channel] = 0;
    return true;
  }

  /** Returns what was accumulated and resets it; the floors stay. */
  drain(): Prominences {
    const counts = this.#held.slice();
    const values = new Float32Array(counts.reduce((sum, count) => sum + count, 0));
    for (let channel = 0, at = 0; channel < this.#channels; at += counts[channel++]) {
      const from = 2 * channel * this.#keep;
      values.set(this.#largest.subarray(from, from + counts[channel]), at);
    }
    const prominences = { spectra: this.spectra, counts, values };
    this.#held.fill(0);
    this.#sorted.fill(0);
    this.spectra = 0;
    return prominences;
  }

  /** Adds the prominences of another part. */
  merge({ spectra, counts, values }: Prominences): void {
    this.spectra += spectra;
    for (let channel = 0, at = 0; channel < this.#channels; channel++)
      for (let n = 0; n < counts[channel]; n++) {
        const value = values[at++];
        if (value > this.floors[channel]) this.add(channel, value);
      }
  }

  /**
   * Prominence above which a sample is a spike, per channel: six deviations above the specimen's most prominent line;
   * infinite with too few spectra.
   * @param gain variance over mean of a channel's counts
   * @param one value of one count in the samples, as used for the prominences
   */
  limits(gain: number, one = 1): Float32Array {
    const limits = new Float32Array(this.#channels).fill(Number.POSITIVE_INFINITY);
    if (this.spectra < FEWEST_SPECTRA) return limits;
    const rank = Math.min(this.#keep, FEWEST_KEPT + Math.ceil(RARE * this.spectra)) - 1;
    // One electron where there is no other stands out by the gain, brighter channels by its root.
    const beyond = (BEYOND * Math.max(gain, one)) / Math.sqrt(one);
    for (let i = 0; i < this.#channels; i++) limits[i] = Math.max(this.#most(i)[rank], 0) + beyond;
    return limits;
  }

  /** Samples taken so far that are spikes: all of them are among the most prominent ones. */
  count(gain: number, one = 1): number {
    const limits = this.limits(gain, one);
    let count = 0;
    for (let i = 0; i < this.#channels; i++)
      for (const value of this.#most(i)) if (value > limits[i]) count++;
    return count;
  }

  /** The largest prominences of a channel, falling; at most as many as are kept. */
  #most(channel: number): Float32Array {
    const from = 2 * channel * this.#keep;
    const held = this.#largest.subarray(from, from + this.#held[channel]);
    // Called often, while new values are rare.
    if (held.length > this.#sorted[channel]) held.sort().reverse();
    this.#held[channel] = Math.min(held.length, this.#keep);
    this.#sorted[channel] = this.#held[channel];
    return held.subarray(0, this.#held[channel]);
  }
}
