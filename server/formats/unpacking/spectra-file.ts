import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../../../protocol/index.ts';

/** A file that spectra are unpacked into, of full size from the start. States: made by `create`, closed by `close` or `remove`. */
export class SpectraFile {
  readonly path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.path = path;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  /**
   * @param place the file that is unpacked, for messages
   * @throws InputError when there is no room for it
   */
  async create(bytes: number, place: string): Promise<void> {
    const { bavail, bsize } = await statfs(dirname(this.path));
    if (bavail * bsize < bytes)
      throw new InputError(
        place,
        'size',
        `expected ${inMb(bytes)} of room in ${dirname(this.path)} for its spectra, found ${inMb(bavail * bsize)}`,
      );
    this.#file = openSync(this.path, 'w+');
    ftruncateSync(this.#file, bytes);
  }

  write(bytes: Uint8Array, position: number): void {
    let done = 0;
    while (done < bytes.length)
      done += writeSync(this.#file as number, bytes, done, bytes.length - done, position + done);
  }

  /** Whether it holds these bytes. */
  holds(bytes: Uint8Array, position: number): boolean {
    const found = Buffer.alloc(bytes.length);
    readSync(this.#file as number, found, 0, found.length, position);
    return found.equals(bytes);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  async remove(): Promise<void> {
    this.close();
    await rm(this.path, { force: true });
  }
}

const inMb = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;
