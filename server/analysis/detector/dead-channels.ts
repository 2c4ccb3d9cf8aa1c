/** Spectra summed before each decision: few enough that an x-ray does not hide a dead channel in most sums. */
export const DEAD_ROWS = 32;
/** Share of the usable spectra in whose sums a dead channel is dead, and how many of them there must be. */
const DEAD_SHARE = 0.8;
const FEWEST_SPECTRA = 160;

/** Number of spectra in which each channel was dead, and in which it was not; plain data. */
export interface DeadCounts {
  dead: Uint32Array;
  alive: Uint32Array;
}

/**
 * Detects channels that record nothing but x-rays, whose sum over all spectra looks like any other channel's: in the
 * sums of a few spectra each they are below a fifth of their neighbours nearly everywhere.
 */
export class DeadChannels {
  #counts: DeadCounts;
  /** Sums at the previous call. */
  readonly #before: Float64Array;

  constructor(width: number) {
    this.#before = new Float64Array(width);
    this.#counts = { dead: new Uint32Array(width), alive: new Uint32Array(width) };
  }

  /** New sums begin at 0. */
  begin(): void {
    this.#before.fill(0);
  }

  /**
   * Takes what a few spectra add to the sums.
   * @param sums of all spectra since `begin`, by channel
   * @param rows how many spectra have come since the last call
   * @param one value of one count in the samples
   */
  add(sums: Float64Array, rows: number, one = 1): void {
    const before = this.#before;
    const { dead, alive } = this.#counts;
    const width = sums.length;
    for (let i = 0; i < width; i++) before[i] = sums[i] - before[i];
    const least = 5 * one * Math.sqrt(rows);
    for (let i = 0; i < width; i++) {
      const own = before[i];
      if (own >= least) alive[i] += rows;
      const limit = Math.max(5 * own, least);
      let above = 0;
      if (i > 1 && before[i - 2] > limit) above++;
      if (i > 0 && before[i - 1] > limit) above++;
      if (i + 1 < width && before[i + 1] > limit) above++;
      if (i + 2 < width && before[i + 2] > limit) above++;
      // As of the median of the neighbours (bad-channels.ts), of which there are two at the ends.
      if (above >= (i < 2 || i + 2 >= width ? 2 : 3)) dead[i] += rows;
    }
    before.set(sums);
  }

  /** Returns what was accumulated and resets it. */
  drain(): DeadCounts {
    const counts = this.#counts;
    const { length } = this.#before;
    this.#counts = { dead: new Uint32Array(length), alive: new Uint32Array(length) };
    return counts;
  }

  merge({ dead, alive }: DeadCounts): void {
    for (let i = 0; i < dead.length; i++) {
      this.#counts.dead[i] += dead[i];
      this.#counts.alive[i] += alive[i];
    }
  }

  has(channel: number): boolean {
    const dead = this.#counts.dead[channel];
    return dead >= FEWEST_SPECTRA && dead >= DEAD_SHARE * (dead + this.#counts.alive[channel]);
  }

  /** Marks the dead ones, too. */
  mark(bad: Uint8Array): Uint8Array {
    for (let i = 0; i < bad.length; i++) if (this.has(i)) bad[i] = 1;
    return bad;
  }
}
