/** The picture goes on this often, ms. */
const TICK_MS = 40;

export interface ReplayClockOptions {
  /** ms of a monotonic clock. */
  now: () => number;
  /**
   * Goes on by so many ms of this clock. Nothing is begun while it is under way: a slow disk makes the replay slower, and nothing piles up.
   */
  advance: (elapsedMs: number) => Promise<void>;
}

/** Has a replay go on as time passes. States: running, stopped. */
export class ReplayClock {
  readonly #options: ReplayClockOptions;
  #timer: NodeJS.Timeout | undefined;
  #tickedAt = 0;
  #isBusy = false;

  constructor(options: ReplayClockOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#timer) return;
    this.#tickedAt = this.#options.now();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const now = this.#options.now();
    const elapsed = now - this.#tickedAt;
    this.#tickedAt = now;
    void this.#options
      .advance(elapsed)
      .catch(() => this.stop())
      .finally(() => {
        this.#isBusy = false;
      });
  }
}
