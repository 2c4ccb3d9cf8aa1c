import { batch } from '@preact/signals-core';

/** Messages that come within this time are taken together, ms: a monitor sends what changed in one burst. */
const COLLECT_MS = 8;
/** Longest time to take messages before the page has its turn again, ms. */
const SLICE_MS = 6;
/** More than this is not left waiting, bytes: pages out of sight are called seldom. */
const MOST_WAITING = 4 * 1024 * 1024;

export type Received = string | ArrayBuffer;

const sizeOf = (item: Received): number => (typeof item === 'string' ? 2 * item.length : item.byteLength);

/** Takes messages in their order, a burst at once, so that what follows them runs once for all, in slices that no frame misses. */
export class Inbox {
  readonly #take: (item: Received) => void;
  #waiting: Received[] = [];
  #bytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(take: (item: Received) => void) {
    this.#take = take;
  }

  push(item: Received): void {
    this.#waiting.push(item);
    this.#bytes += sizeOf(item);
    if (this.#bytes > MOST_WAITING) this.#drain(Number.POSITIVE_INFINITY);
    else this.#timer ??= setTimeout(() => this.#drain(SLICE_MS), COLLECT_MS);
  }

  /** Forgets what waits: it is of a connection that was given up. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
    this.#bytes = 0;
  }

  #drain(sliceMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const end = performance.now() + sliceMs;
    let taken = 0;
    batch(() => {
      while (taken < this.#waiting.length && performance.now() < end) {
        const item = this.#waiting[taken++];
        this.#bytes -= sizeOf(item);
        this.#take(item);
      }
    });
    this.#waiting = this.#waiting.slice(taken);
    if (this.#waiting.length > 0) this.#timer = setTimeout(() => this.#drain(SLICE_MS));
  }
}
