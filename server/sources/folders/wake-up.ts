/** Ends the pauses of a loop early when something has happened. */
export class WakeUp {
  #hasHappened = false;
  #end: (() => void) | undefined;

  /** Ends the pause, or the next one before it begins. */
  now(): void {
    this.#hasHappened = true;
    this.#end?.();
  }

  /** Resolves after `ms`, on abort, or with true when something has happened since the last pause. */
  pause(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#end = undefined;
        const hasHappened = this.#hasHappened;
        this.#hasHappened = false;
        resolve(hasHappened);
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      this.#end = end;
      if (this.#hasHappened || signal.aborted) end();
    });
  }
}
