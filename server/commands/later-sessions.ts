import { once } from 'node:events';

/** Sessions of scans that have ended and still wait for their final maps, which are made when there is time. */
export class LaterSessions {
  readonly #news = new EventTarget();
  #added: string[] = [];
  readonly #waiting = new Set<string>();

  /** @param folder of a session that nothing is written into any more */
  add(folder: string): void {
    this.#added.push(folder);
    this.#waiting.add(folder);
    this.#news.dispatchEvent(new Event('added'));
  }

  /** Whether a session waits for its final maps, or they are being made. */
  has(folder: string): boolean {
    return this.#waiting.has(folder);
  }

  /** Those that were added since this was called last. */
  take(): string[] {
    const added = [...new Set(this.#added)];
    this.#added = [];
    return added;
  }

  /** The session has its final maps, or gets them elsewhere. */
  finished(folder: string): void {
    if (!this.#added.includes(folder)) this.#waiting.delete(folder);
  }

  /** Resolves when one has been added that was not taken, or `signal` aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (this.#added.length > 0) return;
    await once(this.#news, 'added', { signal }).catch(() => {});
  }
}
