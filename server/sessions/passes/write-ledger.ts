import { type FileHandle, open, readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { LazyFile } from './lazy-file.ts';
import type { PixelSpan } from './pixel-set.ts';
import { leadsTo } from './positional-file.ts';

/** Pixels that were written at once, with the CRC-32 of their samples in each file. */
export interface WrittenSpan extends PixelSpan {
  checksums: number[];
}

/**
 * Which pixels of a pass are written, as an append-only file of 24-byte entries, little endian:
 *
 *     0 u32 kind (1 written, 2 synced)   4 u32 a   8 u32 b   12 u32 c   16 u32 d   20 u32 CRC-32 of the bytes before
 *
 * `written`: pixels [a, b), row-major, lie in the files of the pass; c and d are the CRC-32 of their samples in the core and in the low
 * loss (0 where there is none). `synced`: the first `a` written entries were on disk, too.
 * After a crash of the process every whole entry holds; after a power failure only what was synced, since a file
 * system may keep an entry and lose the samples.
 */
export class WriteLedger {
  readonly #file: LazyFile;
  #position: number;
  #entries: number;
  /** Where what is known to be on disk ends. */
  #synced: number;

  private constructor(file: LazyFile, position: number, entries: number) {
    this.#file = file;
    this.#position = position;
    this.#entries = entries;
    this.#synced = position;
  }

  /**
   * Opens a ledger or begins one, and cuts off what cannot be trusted.
   * @param sameBoot whether the machine has run on since the ledger was written
   * @returns the ledger, and the spans that are written
   */
  static async open(
    path: string,
    sameBoot: boolean,
  ): Promise<{ ledger: WriteLedger; written: WrittenSpan[] }> {
    const file = new LazyFile(() => open(path, 'a+'));
    try {
      const { written, bytes } = await file.use(async (handle) => {
        const content = trusted(await readFile(path), sameBoot);
        await handle.truncate(content.bytes);
        return content;
      });
      const ledger = new WriteLedger(file, bytes, written.length);
      // Their mark was cut off with what came after them; it would be missed at the next start.
      if (!sameBoot && written.length > 0) await ledger.addSynced(written.length);
      return { ledger, written };
    } catch (error) {
      await file.release();
      throw error;
    }
  }

  /** How many `written` entries there are. */
  get entries(): number {
    return this.#entries;
  }

  async addWritten({ first, end, checksums }: WrittenSpan): Promise<void> {
    await this.#append(WRITTEN, first, end, ...checksums);
    this.#entries++;
  }

  /** Records that the samples of the first `entries` entries are on disk; on return the ledger itself is, too. */
  async addSynced(entries: number): Promise<void> {
    await this.#append(SYNCED, entries);
    const end = this.#position;
    await this.#file.use((handle) => handle.datasync());
    this.#synced = Math.max(this.#synced, end);
  }

  /** Whether its file is the one at `path`, with everything that was written into it. */
  isAt(path: string): Promise<boolean> {
    return this.#file.use((handle) => leadsTo(path, handle, this.#position));
  }

  /** Cuts off what may not have reached the disk. */
  async cutUnsynced(): Promise<void> {
    await this.#file.use((handle) => handle.truncate(this.#synced));
    this.#position = this.#synced;
  }

  /** Closes it, until it is written to again. */
  async release(): Promise<void> {
    await this.#file.release();
  }

  async #append(...words: number[]): Promise<void> {
    const entry = Buffer.alloc(ENTRY_BYTES);
    for (const [index, word] of words.entries()) entry.writeUInt32LE(word, 4 * index);
    entry.writeUInt32LE(crc32(entry.subarray(0, CRC_AT)), CRC_AT);
    await this.#file.use((file) => this.#write(file, entry));
    this.#position += ENTRY_BYTES;
  }

  async #write(file: FileHandle, entry: Buffer): Promise<void> {
    const { bytesWritten } = await file.write(entry);
    if (bytesWritten < ENTRY_BYTES) {
      // A torn entry would hide everything after it.
      await file.truncate(this.#position);
      throw Object.assign(new Error('no space left for the ledger'), { code: 'ENOSPC' });
    }
  }
}

const ENTRY_BYTES = 24;
const CRC_AT = 20;
const WRITTEN = 1;
const SYNCED = 2;

interface Trusted {
  written: WrittenSpan[];
  /** Where the last entry that is trusted ends. */
  bytes: number;
}

function trusted(content: Buffer, sameBoot: boolean): Trusted {
  const written: WrittenSpan[] = [];
  /** Where each written entry ends. */
  const ends: number[] = [];
  let bytes = 0;
  let synced = 0;
  for (let at = 0; at + ENTRY_BYTES <= content.length; at += ENTRY_BYTES) {
    if (content.readUInt32LE(at + CRC_AT) !== crc32(content.subarray(at, at + CRC_AT))) break;
    bytes = at + ENTRY_BYTES;
    const [kind, a, b, c, d] = [0, 4, 8, 12, 16].map((offset) => content.readUInt32LE(at + offset));
    if (kind === SYNCED) synced = a;
    else {
      written.push({ first: a, end: b, checksums: [c, d] });
      ends.push(bytes);
    }
  }
  if (sameBoot) return { written, bytes };
  return { written: written.slice(0, synced), bytes: ends[synced - 1] ?? 0 };
}

/**
 * Reads a ledger without changing it.
 * @returns the spans that can be trusted, and whether that is all that the file holds
 */
export async function readLedger(
  path: string,
  sameBoot: boolean,
): Promise<{ written: WrittenSpan[]; whole: boolean }> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return Buffer.alloc(0);
  });
  const { written } = trusted(content, sameBoot);
  const all = trusted(content, true);
  return { written, whole: all.bytes === content.length && written.length === all.written.length };
}
