/** For how long a thread may be silent, ms. */
export interface Patience {
  /** It is said then … */
  saidMs: number;
  /** … and it counts as hanging then. */
  hangsMs: number;
  /** So long one may take to start. */
  startMs: number;
}

/**
 * A thread that computes says nothing meanwhile. On two cores that four times as many threads wanted, the longest silence was 1.5 s at
 * 256 × 256 pixels and 3.3 s at 512 × 512: nothing is said of twice that, and nothing is ended that takes less than eight times as long.
 */
const SAID_MS = 4000;
const SAID_MS_PER_PIXEL = 0.025;
const HANGS_MS = 15_000;
const HANGS_MS_PER_PIXEL = 0.1;
const START_MS = 60_000;

/** @param pixels of the scan */
export const patienceFor = (pixels: number): Patience => ({
  saidMs: SAID_MS + pixels * SAID_MS_PER_PIXEL,
  hangsMs: HANGS_MS + pixels * HANGS_MS_PER_PIXEL,
  startMs: START_MS,
});

/** What is found of a thread: `silent` and `answers` once each time, `hangs` once. */
export type Finding = 'silent' | 'answers' | 'hangs';

/** Notices a thread that does not come to its messages any more. */
export class Watchdog {
  readonly #patience: Patience;
  #beat: number | undefined;
  #lookedAt: number;
  #silentMs = 0;
  #isSaid = false;

  /** @param now ms of a monotonic clock */
  constructor(patience: Patience, now: number) {
    this.#patience = patience;
    this.#lookedAt = now;
  }

  /** How long the thread has been silent, ms. */
  get silentMs(): number {
    return this.#silentMs;
  }

  /**
   * Called every `everyMs`.
   * @param beat how often the thread has come to its messages; undefined until it has started
   */
  look(now: number, everyMs: number, beat: number | undefined): Finding | undefined {
    // Whoever looks may have been busy or asleep, and the thread with it.
    const passed = Math.min(now - this.#lookedAt, 2 * everyMs);
    this.#lookedAt = now;
    if (beat !== this.#beat) {
      this.#beat = beat;
      this.#silentMs = 0;
      const wasSaid = this.#isSaid;
      this.#isSaid = false;
      return wasSaid ? 'answers' : undefined;
    }
    const before = this.#silentMs;
    this.#silentMs += passed;
    const { saidMs, hangsMs, startMs } = this.#patience;
    const limit = beat === undefined ? startMs : hangsMs;
    if (this.#silentMs >= limit) return before < limit ? 'hangs' : undefined;
    if (beat === undefined || this.#isSaid || this.#silentMs < saidMs) return undefined;
    this.#isSaid = true;
    return 'silent';
  }
}
