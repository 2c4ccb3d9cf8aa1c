import { type FileHandle, readFile } from 'node:fs/promises';
import { openForWriting, writeAll } from './spool-file.ts';

const BYTES = Float32Array.BYTES_PER_ELEMENT;

/** Scalar signals of one pass (HAADF …), a file of f32 for each, with the value of each record in its place. */
export class SpoolScalars {
  readonly #path: (scalar: number) => string;
  readonly #records: number;
  readonly #files = new Map<number, FileHandle>();

  /** @param path of the file of a scalar signal */
  constructor(path: (scalar: number) => string, records: number) {
    this.#path = path;
    this.#records = records;
  }

  /** Writes the values of records from `first` on. */
  async write(scalar: number, first: number, values: Float32Array): Promise<void> {
    const file = this.#files.get(scalar) ?? (await this.#open(scalar));
    await writeAll(file, bytesOf(values), first * BYTES);
  }

  /** Values by record, NaN where none was written; undefined where none ever was. */
  async read(scalar: number): Promise<Float32Array | undefined> {
    const bytes = await readFile(this.#path(scalar)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (!bytes) return undefined;
    const values = new Float32Array(this.#records).fill(Number.NaN);
    const whole = bytes.subarray(0, Math.min(bytes.length - (bytes.length % BYTES), values.byteLength));
    bytesOf(values).set(whole);
    return values;
  }

  async sync(): Promise<void> {
    for (const file of this.#files.values()) await file.datasync();
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
  }

  /** A record without a value must not read as zero: the file holds NaN from the start. */
  async #open(scalar: number): Promise<FileHandle> {
    const file = await openForWriting(this.#path(scalar));
    try {
      const known = Math.floor((await file.stat()).size / BYTES);
      if (known < this.#records)
        await writeAll(
          file,
          bytesOf(new Float32Array(this.#records - known).fill(Number.NaN)),
          known * BYTES,
        );
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#files.set(scalar, file);
    return file;
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
