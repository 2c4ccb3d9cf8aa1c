import { batch } from '@preact/signals-core';

/** Messages that arrive within this time are processed together, ms: a monitor sends changes in bursts. */
const COLLECT_MS = 8;
/** Longest time to process messages before the page gets to draw, ms. */
const SLICE_MS = 6;
/** Most bytes left waiting: timers of hidden pages run seldom. */
const MOST_WAITING = 4 * 1024 * 1024;

export type Received = string | ArrayBuffer;

const sizeOf = (item: Received): number => (typeof item === 'string' ? 2 * item.length : item.byteLength);

/**
 * Passes on messages in order, in batches, so that effects run once per batch, and in slices short enough not to delay a frame.
 */
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

  /** Discards waiting messages, of a connection that was closed. */
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
