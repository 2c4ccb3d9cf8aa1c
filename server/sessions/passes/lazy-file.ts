import type { FileHandle } from 'node:fs/promises';

/** A file that is opened when it is used, and can be closed until it is used again: a session may have hundreds of them. */
export class LazyFile {
  readonly #open: () => Promise<FileHandle>;
  #handle: Promise<FileHandle> | undefined;
  #users = 0;
  /** Whoever waits until nobody uses it. */
  #unused: (() => void)[] = [];

  /** @param open as often as needed */
  constructor(open: () => Promise<FileHandle>) {
    this.#open = open;
  }

  /**
   * Works with the open file; any number at a time.
   * @throws whatever opening or the work fails with; the next call tries to open it again
   */
  async use<Result>(work: (file: FileHandle) => Promise<Result>): Promise<Result> {
    this.#users++;
    try {
      this.#handle ??= this.#open().catch((error: unknown) => {
        this.#handle = undefined;
        throw error;
      });
      return await work(await this.#handle);
    } finally {
      if (--this.#users === 0) for (const resolve of this.#unused.splice(0)) resolve();
    }
  }

  /** Closes it where it is open, once nobody uses it. */
  async release(): Promise<void> {
    while (this.#users > 0)
      await new Promise<void>((resolve) => {
        this.#unused.push(resolve);
      });
    const handle = this.#handle;
    this.#handle = undefined;
    await (await handle?.catch(() => undefined))?.close();
  }
}
