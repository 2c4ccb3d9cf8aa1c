/** Counts what happens in the present second, against a monotonic clock. */
export class RateLimit {
  readonly perSecond: number;
  readonly #now: () => number;
  #windowStart: number;
  #count = 0;

  /** @param now milliseconds of a monotonic clock */
  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.perSecond = perSecond;
    this.#now = now;
    this.#windowStart = now();
  }

  /**
   * Counts something that happens now.
   * @returns whether that is too much
   */
  exceeds(count = 1): boolean {
    const now = this.#now();
    if (now - this.#windowStart >= 1000) {
      this.#windowStart = now;
      this.#count = 0;
    }
    this.#count += count;
    return this.#count > this.perSecond;
  }
}
