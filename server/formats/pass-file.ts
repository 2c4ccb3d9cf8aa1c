import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);

/**
 * A file of samples that may still grow, or not be there yet: what is not in it reads as zeros. Plain descriptors
 * instead of file handles, since an image-ordered cube takes thousands of small reads.
 */
export class PassFile {
  readonly #path: string;
  #descriptor: Promise<number | undefined> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** @returns the descriptor, or undefined when the file does not exist yet; other faults are thrown */
  open(): Promise<number | undefined> {
    this.#descriptor ??= openFile(this.#path, 'r').catch((error: NodeJS.ErrnoException) => {
      this.#descriptor = undefined;
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    return this.#descriptor;
  }

  /**
   * Fills `bytes` from `position` on. Beyond the file's end, and where a sample of `sampleBytes` is cut by it, the
   * bytes are set to 0.
   */
  async fill(bytes: Uint8Array, position: number, sampleBytes: number): Promise<void> {
    let done = 0;
    const descriptor = await this.open();
    if (descriptor !== undefined)
      while (done < bytes.length) {
        const { bytesRead } = await readFile(descriptor, bytes, done, bytes.length - done, position + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    if (done < bytes.length) bytes.fill(0, done - (done % sampleBytes));
  }

  async close(): Promise<void> {
    const descriptor = await this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) await closeFile(descriptor);
  }
}
