/** Spectra that are added up before a verdict: so few that an x-ray in one of them does not hide a dead channel in most sums. */
export const DEAD_ROWS = 32;
/** Share of the spectra, among those that tell anything, in whose sums a dead channel is dead, and how many of them there must be. */
const DEAD_SHARE = 0.8;
const FEWEST_SPECTRA = 160;

/** In how many spectra each channel was dead, and in how many it was not: plain data. */
export interface DeadCounts {
  dead: Uint32Array;
  alive: Uint32Array;
}

/**
 * Tells channels that give nothing but for some x-rays, which make the sum over all spectra look like that of any other channel: in the sums
 * of a few spectra each they are below a fifth of their neighbours nearly everywhere.
 */
export class DeadChannels {
  #counts: DeadCounts;
  /** Sums when they were last looked at. */
  readonly #before: Float64Array;

  constructor(width: number) {
    this.#before = new Float64Array(width);
    this.#counts = { dead: new Uint32Array(width), alive: new Uint32Array(width) };
  }

  /** The sums that come begin at 0. */
  begin(): void {
    this.#before.fill(0);
  }

  /**
   * Takes what a few spectra add to the sums.
   * @param sums of all spectra since `begin`, by channel
   * @param rows how many spectra have come since the last call
   * @param one what one count is in the samples
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

  /** Gives away what it has seen, and begins afresh. */
  handOver(): DeadCounts {
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
