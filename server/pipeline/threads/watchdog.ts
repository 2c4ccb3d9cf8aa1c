/** For how long a thread may be silent, ms. */
export interface Patience {
  /** A warning is given after this … */
  warnAfterMs: number;
  /** … and the thread is terminated after this. */
  endAfterMs: number;
  /** Allowed start-up time. */
  startupMs: number;
}

/**
 * A thread that computes is silent. On two cores that four times as many threads wanted, the longest silence was 1.5 s
 * at 256 × 256 pixels and 3.3 s at 512 × 512: the limits are twice that for a warning and eight times that for
 * termination.
 */
const WARN_AFTER_MS = 4000;
const WARN_MS_PER_PIXEL = 0.025;
const END_AFTER_MS = 15_000;
const END_MS_PER_PIXEL = 0.1;
const STARTUP_MS = 60_000;

/** @param pixels of the scan */
export const patienceFor = (pixels: number): Patience => ({
  warnAfterMs: WARN_AFTER_MS + pixels * WARN_MS_PER_PIXEL,
  endAfterMs: END_AFTER_MS + pixels * END_MS_PER_PIXEL,
  startupMs: STARTUP_MS,
});

/** Result of a check: `silent` and `answers` once each time, `hangs` once. */
export type Finding = 'silent' | 'answers' | 'hangs';

/** Detects a thread that no longer handles messages. */
export class Watchdog {
  readonly #patience: Patience;
  #beat: number | undefined;
  #checkedAt: number;
  #silentMs = 0;
  #isReported = false;

  /** @param now ms of a monotonic clock */
  constructor(patience: Patience, now: number) {
    this.#patience = patience;
    this.#checkedAt = now;
  }

  /** How long the thread has been silent, ms. */
  get silentMs(): number {
    return this.#silentMs;
  }

  /**
   * Called every `everyMs`.
   * @param beat the thread's heartbeat counter; undefined until it has started
   */
  check(now: number, everyMs: number, beat: number | undefined): Finding | undefined {
    // The caller may have been busy or asleep, and the thread with it.
    const passed = Math.min(now - this.#checkedAt, 2 * everyMs);
    this.#checkedAt = now;
    if (beat !== this.#beat) {
      this.#beat = beat;
      this.#silentMs = 0;
      const wasReported = this.#isReported;
      this.#isReported = false;
      return wasReported ? 'answers' : undefined;
    }
    const before = this.#silentMs;
    this.#silentMs += passed;
    const { warnAfterMs, endAfterMs, startupMs } = this.#patience;
    const limit = beat === undefined ? startupMs : endAfterMs;
    if (this.#silentMs >= limit) return before < limit ? 'hangs' : undefined;
    if (beat === undefined || this.#isReported || this.#silentMs < warnAfterMs) return undefined;
    this.#isReported = true;
    return 'silent';
  }
}
