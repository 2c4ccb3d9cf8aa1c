import type { WatchTimes } from './watch-times.ts';

/** Listing takes no more than one part in so many of the time, while nothing is followed. */
const LISTING_SHARE = 50;

/** Decides when the folder is listed again, and how long to wait before files are compared again. Times are monotonic ms. */
export class ListingPace {
  readonly #times: WatchTimes;
  #listedAt = Number.NEGATIVE_INFINITY;
  #isRequested = true;
  /** Something came, changed or went since the last listing. */
  #hasNews = false;
  /** How long the last one took. */
  #tookMs = 0;

  constructor(times: WatchTimes) {
    this.#times = times;
  }

  /** Has the folder listed in the next round. */
  request(): void {
    this.#isRequested = true;
  }

  /**
   * Notes what was found out while nothing was done.
   * @param hasNews something came, changed or went
   * @param isDoubtful something lies in the folder that was not found yet
   */
  waited(now: number, hasNews: boolean, isDoubtful: boolean): void {
    if (hasNews) this.#hasNews = true;
    const sinceMs = now - this.#listedAt;
    const isDue = (this.#hasNews && sinceMs >= this.#newsMs) || (isDoubtful && sinceMs >= this.#times.pollMs);
    if (isDue) this.request();
  }

  /**
   * What comes without an event, as on a share, is found by listing alone: more often where that is quick and nothing is followed.
   * @param isFollowing spectra of the scan on show are expected
   */
  isDue(now: number, isFollowing: boolean): boolean {
    const { listMs } = this.#times;
    const often = Math.min(listMs, Math.max(listMs / 4, LISTING_SHARE * this.#tookMs));
    return this.#isRequested || now - this.#listedAt >= (isFollowing ? listMs : often);
  }

  began(now: number): void {
    this.#listedAt = now;
    this.#isRequested = false;
    this.#hasNews = false;
  }

  ended(now: number): void {
    this.#tookMs = now - this.#listedAt;
  }

  /** @param grows the scan on show grows, and causes no events: it is read more often */
  pauseMs(now: number, grows: boolean): number {
    const { pollMs, growthMs } = this.#times;
    const pause = grows ? Math.min(growthMs, pollMs) : pollMs;
    return this.#hasNews ? Math.max(0, Math.min(pause, this.#newsMs - (now - this.#listedAt))) : pause;
  }

  /** Changes are gathered for so long, because a large folder takes long to go through. */
  get #newsMs(): number {
    return Math.min(this.#times.listMs, Math.max(this.#times.pollMs / 10, 5 * this.#tookMs));
  }
}
