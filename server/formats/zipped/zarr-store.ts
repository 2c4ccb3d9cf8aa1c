import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import { stampTextOf } from '../files/file-stamp.ts';
import { isWithin } from '../files/is-within.ts';
import { checkSize, ZipFile } from './zip-file.ts';

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
    return stampTextOf(join(this.place, safeKey(this.place, key)));
  }
}

const isAbsent = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

class ZipStore implements ZarrStore {
  readonly place: string;
  readonly grows = false;
  readonly #zip: ZipFile;

  private constructor(place: string, zip: ZipFile) {
    this.place = place;
    this.#zip = zip;
  }

  static async open(path: string): Promise<ZipStore> {
    return new ZipStore(path, await ZipFile.open(path));
  }

  get(key: string, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#zip.get(safeKey(this.place, key), most);
  }

  async list(key: string): Promise<string[]> {
    const prefix = `${safeKey(this.place, key)}/`;
    const below = this.#zip.names.filter((name) => name.startsWith(prefix));
    return [...new Set(below.map((name) => name.slice(prefix.length).split('/')[0]))].filter(Boolean);
  }

  async stamp(): Promise<string | undefined> {
    return stampTextOf(this.place);
  }
}
