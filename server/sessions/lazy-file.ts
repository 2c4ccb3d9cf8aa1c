import type { FileHandle } from 'node:fs/promises';

/** A file that is opened when it is used, and can be closed until it is used again: a session may have hundreds of them. */
export class LazyFile {
  readonly #open: () => Promise<FileHandle>;
  #handle: Promise<FileHandle> | undefined;

  /** @param open as often as needed */
  constructor(open: () => Promise<FileHandle>) {
    this.#open = open;
  }

  /** @throws whatever opening fails with; the next call tries again */
  handle(): Promise<FileHandle> {
    this.#handle ??= this.#open().catch((error: unknown) => {
      this.#handle = undefined;
      throw error;
    });
    return this.#handle;
  }

  /** Closes it where it is open, when nobody is using it. */
  async release(): Promise<void> {
    const handle = await this.#handle?.catch(() => undefined);
    this.#handle = undefined;
    await handle?.close();
  }
}
