import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ZipEntry } from 'unzipit';
import { InputError } from '../../protocol/index.ts';
import { stampText } from './file-identity.ts';
import { isWithin } from './is-within.ts';

/** A zip file's list of a hundred thousand entries takes 10 MB. */
const MOST_LIST_BYTES = 32 * 2 ** 20;

/** Where a zarr hierarchy lies: a folder, or a zip file. Keys are paths below it, joined by `/`. */
export interface ZarrStore {
  /** Path of the folder or file, for messages. */
  readonly place: string;
  /** Keys may still come; in a zip file all are there at once. */
  readonly grows: boolean;
  /**
   * The bytes of a key; undefined where there is none.
   * @throws InputError for more than `most` bytes
   */
  get(key: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Names right below a key. */
  list(key: string): Promise<string[]>;
  /** Changes with what lies at a key; undefined where nothing does. */
  stamp(key: string): Promise<string | undefined>;
}

/** @throws InputError when it is neither a folder nor a zip file */
export async function openZarrStore(path: string): Promise<ZarrStore> {
  return (await stat(path)).isDirectory() ? new FolderStore(path) : await ZipStore.open(path);
}

/** No key leads out of the store. */
function safeKey(place: string, key: string): string {
  if (key.split('/').some((part) => part === '' || part === '.' || part === '..') || /[\\\0]/.test(key))
    throw new InputError(place, 'key', `expected a path within the store, found "${key.slice(0, 60)}"`);
  return key;
}

function checkSize(place: string, key: string, size: number, most: number): void {
  if (size > most) throw new InputError(place, key, `expected at most ${most} bytes, found ${size}`);
}

class FolderStore implements ZarrStore {
  readonly place: string;
  readonly grows = true;

  constructor(place: string) {
    this.place = place;
  }

  async get(key: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const path = join(this.place, safeKey(this.place, key));
      const found = await stat(path);
      // What a link outside leads to is no part of the store, and a pipe would keep us waiting.
      if (!found.isFile() || !(await this.#holds(path))) return undefined;
      checkSize(this.place, key, found.size, most);
      return new Uint8Array(await readFile(path));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  async #holds(path: string): Promise<boolean> {
    return isWithin(await realpath(this.place), await realpath(path));
  }

  async list(key: string): Promise<string[]> {
    try {
      return await readdir(join(this.place, safeKey(this.place, key)));
    } catch (error) {
      if (isAbsent(error)) return [];
      throw error;
    }
  }

  stamp(key: string): Promise<string | undefined> {
    return stampText(join(this.place, safeKey(this.place, key)));
  }
}

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

class ZipStore implements ZarrStore {
  readonly place: string;
  readonly grows = false;
  readonly #entries: ReadonlyMap<string, ZipEntry>;

  private constructor(place: string, entries: ReadonlyMap<string, ZipEntry>) {
    this.place = place;
    this.#entries = entries;
  }

  /** The list of a zip file's entries is read; of those that were written twice, the last one counts. */
  static async open(path: string): Promise<ZipStore> {
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
      return new ZipStore(path, new Map(Object.entries(entries)));
    } catch (error) {
      throw zipFault(error, path);
    }
  }

  async get(key: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const entry = this.#entries.get(safeKey(this.place, key));
    if (!entry) return undefined;
    checkSize(this.place, key, Math.max(entry.size, entry.compressedSize), most);
    try {
      return new Uint8Array(await entry.arrayBuffer());
    } catch (error) {
      throw zipFault(error, this.place);
    }
  }

  async list(key: string): Promise<string[]> {
    const prefix = `${safeKey(this.place, key)}/`;
    const below = [...this.#entries.keys()].filter((name) => name.startsWith(prefix));
    return [...new Set(below.map((name) => name.slice(prefix.length).split('/')[0]))].filter(Boolean);
  }

  async stamp(): Promise<string | undefined> {
    return stampText(this.place);
  }
}

/** What the library or the file system says of a zip file. */
function zipFault(error: unknown, path: string): unknown {
  if (error instanceof InputError || typeof (error as NodeJS.ErrnoException).code === 'string') return error;
  const reason = String(error).slice(0, 120);
  return new InputError(path, 'file', `expected a folder or a complete zip file (${reason})`, {
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
