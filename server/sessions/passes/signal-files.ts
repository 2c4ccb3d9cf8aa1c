import { type FileHandle, readFile } from 'node:fs/promises';
import { LazyFile } from './lazy-file.ts';
import { openForWriting, writeAll } from './positional-file.ts';

const BYTES = Float32Array.BYTES_PER_ELEMENT;
/** Values that are written at once where there are none yet. */
const FILL = 2 ** 18;

/** Scalar signals of one pass (HAADF …): a file of f32 for each, row-major, NaN where there is no value. */
export class SignalFiles {
  readonly #path: (signal: number) => string;
  readonly #pixels: number;
  readonly #files = new Map<number, LazyFile>();

  /** @param path of the file of a signal, by its number */
  constructor(path: (signal: number) => string, pixels: number) {
    this.#path = path;
    this.#pixels = pixels;
  }

  /** Writes the values of pixels from `first` on. */
  async write(signal: number, first: number, values: Float32Array): Promise<void> {
    const file = this.#files.get(signal) ?? new LazyFile(() => this.#open(signal));
    this.#files.set(signal, file);
    await file.use((handle) => writeAll(handle, bytesOf(values), first * BYTES));
  }

  /** Values by pixel; undefined where none was ever written. */
  async read(signal: number): Promise<Float32Array | undefined> {
    const bytes = await readFile(this.#path(signal)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (!bytes) return undefined;
    const values = new Float32Array(this.#pixels).fill(Number.NaN);
    const whole = bytes.subarray(0, Math.min(bytes.length - (bytes.length % BYTES), values.byteLength));
    bytesOf(values).set(whole);
    return values;
  }

  async sync(): Promise<void> {
    for (const file of this.#files.values()) await file.use((handle) => handle.datasync());
  }

  /** Closes the files, until they are written to again. */
  async release(): Promise<void> {
    for (const file of this.#files.values()) await file.release();
  }

  /** A pixel without a value must not read as zero: the file holds NaN from the start. */
  async #open(signal: number): Promise<FileHandle> {
    const file = await openForWriting(this.#path(signal));
    try {
      const known = Math.floor((await file.stat()).size / BYTES);
      const empty = bytesOf(new Float32Array(Math.min(FILL, this.#pixels)).fill(Number.NaN));
      for (let at = known; at < this.#pixels; at += FILL)
        await writeAll(file, empty.subarray(0, (this.#pixels - at) * BYTES), at * BYTES);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
