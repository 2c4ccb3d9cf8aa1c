import type { FileHandle } from 'node:fs/promises';
import { InputError } from '../../../protocol/index.ts';

const WINDOW_BYTES = 64 * 1024;
/** Read in all: headers of the largest files have a few MB, and skip the rest. */
const MOST_READ_BYTES = 2 ** 27;

/** Walks through a file front to back, holding a window of it in memory, whatever the file's size. */
export class ByteWindow {
  readonly #file: FileHandle;
  readonly #place: string;
  readonly size: number;
  #window = new DataView(new ArrayBuffer(0));
  #windowStart = 0;
  #read = 0;
  position = 0;

  /** @param place the file, for messages */
  constructor(file: FileHandle, place: string, size: number) {
    this.#file = file;
    this.#place = place;
    this.size = size;
  }

  /**
   * The next `count` bytes; valid until the next call.
   * @throws InputError when the file ends before
   */
  async take(count: number): Promise<DataView> {
    this.#check(count);
    const start = this.position - this.#windowStart;
    if (start < 0 || start + count > this.#window.byteLength) await this.#load(count);
    const view = new DataView(
      this.#window.buffer,
      this.#window.byteOffset + this.position - this.#windowStart,
      count,
    );
    this.position += count;
    return view;
  }

  /** Passes over `count` bytes that must be there, without reading them. */
  skip(count: number): void {
    this.#check(count);
    this.position += count;
  }

  #check(count: number): void {
    if (!(count >= 0 && this.position + count <= this.size))
      throw new InputError(
        this.#place,
        'size',
        `expected ${count} bytes at ${this.position}, found the file to end at ${this.size}`,
      );
  }

  async #load(count: number): Promise<void> {
    this.#read += WINDOW_BYTES;
    if (this.#read > MOST_READ_BYTES)
      throw new InputError(
        this.#place,
        'size',
        `expected a header of at most ${MOST_READ_BYTES} bytes, found more up to byte ${this.position}`,
      );
    const bytes = new Uint8Array(Math.max(count, WINDOW_BYTES));
    let done = 0;
    while (done < count) {
      const { bytesRead } = await this.#file.read(bytes, done, bytes.length - done, this.position + done);
      if (bytesRead === 0)
        throw new InputError(this.#place, 'size', `expected ${this.size} bytes, found fewer on reading`);
      done += bytesRead;
    }
    this.#window = new DataView(bytes.buffer, 0, done);
    this.#windowStart = this.position;
  }
}
