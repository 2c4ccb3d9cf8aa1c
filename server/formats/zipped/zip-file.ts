import { open, stat } from 'node:fs/promises';
import type { ZipEntry } from 'unzipit';
import { InputError } from '../../../protocol/index.ts';

/** A zip file's list of a hundred thousand entries takes 10 MB. */
const MOST_LIST_BYTES = 32 * 2 ** 20;

/** @throws InputError for a part of a file of more than `most` bytes */
export function checkSize(place: string, field: string, size: number, most: number): void {
  if (size > most) throw new InputError(place, field, `expected at most ${most} bytes, found ${size}`);
}

/** A zip file: its list of entries is in memory, what they hold is read when it is asked for, and no file stays open. */
export class ZipFile {
  readonly place: string;
  readonly #entries: ReadonlyMap<string, ZipEntry>;

  private constructor(place: string, entries: ReadonlyMap<string, ZipEntry>) {
    this.place = place;
    this.#entries = entries;
  }

  /**
   * Of entries that were written twice, the last one counts.
   * @throws InputError when it is no complete zip file
   */
  static async open(path: string): Promise<ZipFile> {
    const { unzip } = await import('unzipit');
    const size = (await stat(path)).size;
    let most = MOST_LIST_BYTES;
    try {
      const { entries } = await unzip({
        getLength: async () => size,
        read: (offset, length) => {
          // The file itself says how much is to be read at once.
          checkSize(path, `list of entries, or entry, at ${offset}`, length, Math.min(most, size - offset));
          return readPart(path, offset, length);
        },
      });
      most = size;
      return new ZipFile(path, new Map(Object.entries(entries)));
    } catch (error) {
      throw zipFault(error, path);
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Bytes of an entry, unpacked, and as it lies in the file; undefined where there is none. */
  sizes(name: string): { unpacked: number; packed: number } | undefined {
    const entry = this.#entries.get(name);
    return entry && { unpacked: entry.size, packed: entry.compressedSize };
  }

  /**
   * All of an entry; undefined where there is none.
   * @throws InputError for more than `most` bytes, and for what cannot be unpacked
   */
  async get(name: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const entry = this.#entries.get(name);
    if (!entry) return undefined;
    checkSize(this.place, name, Math.max(entry.size, entry.compressedSize), most);
    try {
      return new Uint8Array(await entry.arrayBuffer());
    } catch (error) {
      throw zipFault(error, this.place);
    }
  }

  /**
   * An entry piece by piece from its beginning; memory holds no more than some hundred kB of it.
   * @throws InputError where there is none; `read` when it cannot be unpacked, or becomes longer than its size says
   */
  async pieces(name: string): Promise<ZipPieces> {
    const entry = this.#entries.get(name);
    if (!entry) throw new InputError(this.place, name, 'expected this entry of the zip file, found none');
    try {
      return new ZipPieces((await entry.stream()).getReader(), this.place);
    } catch (error) {
      throw zipFault(error, this.place);
    }
  }
}

/** What an entry holds, in the order of the file. */
export class ZipPieces {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #place: string;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>, place: string) {
    this.#reader = reader;
    this.#place = place;
  }

  /** The next bytes; undefined at the end. */
  async read(): Promise<Uint8Array | undefined> {
    try {
      const { value } = await this.#reader.read();
      return value;
    } catch (error) {
      throw zipFault(error, this.#place);
    }
  }

  async close(): Promise<void> {
    // What went wrong has been said by then.
    await this.#reader.cancel().catch(() => {});
  }
}

/** What the library, the decompressor or the file system says of a zip file. */
function zipFault(error: unknown, path: string): unknown {
  const isOfTheSystem = typeof (error as NodeJS.ErrnoException).syscall === 'string';
  if (error instanceof InputError || isOfTheSystem) return error;
  const reason = String(error).slice(0, 120);
  return new InputError(path, 'file', `expected a complete zip file (${reason})`, {
    cause: error,
  });
}

async function readPart(path: string, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
      if (bytesRead === 0)
        throw new InputError(path, 'size', `expected ${offset + length} bytes, found fewer`);
      done += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
