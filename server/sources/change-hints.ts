import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';

/** How long before a change was looked for its event may have come: systems join events of one file. */
const JOINED_MS = 200;

/** Whether a file of the folder belongs to what is watched: a folder, or one file of it by its name. */
export function concerns(only: string | undefined): (name: string) => boolean {
  const stem = only?.slice(0, only.lastIndexOf('.') + 1);
  return (name) => stem === undefined || name.startsWith(stem);
}

/**
 * Change events of a folder, as hints only: some writers and most network shares cause none. Whoever uses them polls
 * as well, and reports here what polling found, which shows whether events arrive at all.
 */
export class ChangeHints {
  readonly #graceMs: number;
  readonly #seenAt = new Map<string, number>();
  /** Changes found by polling: when they cannot have happened yet, and when they were found. */
  readonly #expected = new Map<string, { since: number; foundAt: number }>();
  #watcher: FSWatcher | undefined;
  #readyAt = Number.POSITIVE_INFINITY;
  #missed = false;
  /** Names that events have come of since the last call of `wait`; empty for a file the system does not name. */
  #hinted = new Set<string>();
  #wake: (() => void) | undefined;

  /**
   * @param concerns whether a file of the folder, by its name, is of interest; undefined to do without events
   * @param graceMs how much later than polling an event may come
   */
  constructor(folder: string, concerns: ((name: string) => boolean) | undefined, graceMs: number) {
    this.#graceMs = graceMs;
    if (!concerns) return;
    try {
      // Nothing but names: what has happened to the files is looked for by polling anyway.
      this.#watcher = watch(folder, (_event, name) => {
        if (name !== null && !concerns(name)) return;
        this.#seenAt.set(name ?? '', performance.now());
        this.#hinted.add(name ?? '');
        this.#wake?.();
      }).on('error', () => {
        this.#missed = true;
      });
      this.#readyAt = performance.now();
    } catch {
      this.#missed = true;
    }
  }

  /** Polling found at `now` that the file has changed since `since` (monotonic ms). */
  found(path: string, since: number, now: number): void {
    const name = basename(path);
    if (since >= this.#readyAt && !this.#expected.has(name))
      this.#expected.set(name, { since, foundAt: now });
  }

  /** True once a change stayed without an event, or the system refused to watch. */
  missing(now: number): boolean {
    for (const [name, { since, foundAt }] of this.#expected) {
      if (now - foundAt < this.#graceMs) continue;
      const seenAt = this.#seenAt.get(name) ?? this.#seenAt.get('') ?? Number.NEGATIVE_INFINITY;
      if (seenAt < since - JOINED_MS) this.#missed = true;
      this.#expected.delete(name);
    }
    return this.#missed;
  }

  /**
   * Resolves after `ms`, on abort, or at an event, also one that came since the last call.
   * @returns names that events have come of
   */
  wait(ms: number, signal: AbortSignal): Promise<ReadonlySet<string>> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        const hinted = this.#hinted;
        this.#hinted = new Set();
        resolve(hinted);
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#wake = done;
      if (this.#hinted.size > 0 || signal.aborted) done();
    });
  }

  /** Ends the events; `wait` goes on to serve as a pause. */
  close(): void {
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.close();
  }
}
