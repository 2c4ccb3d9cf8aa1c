import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { crc32, inflateRaw, inflateRawSync } from 'node:zlib';
import type { StoredPart } from '../sessions/journal/session-journal.ts';
import type { RecordedBand } from './shown-history.ts';

const inflated = promisify(inflateRaw);
/** To hand so few bytes to another thread takes longer than to inflate them. */
const SMALL = 64 * 1024;

/** Bands that lie this close together are read at once, bytes. */
const GAP = 256 * 1024;
/** … as long as they are not more than this. */
const MOST_AT_ONCE = 32 * 2 ** 20;

/** Reads samples that a journal refers to. States: open, closed. */
export class PictureReader {
  readonly #path: string;
  #file: FileHandle | undefined;

  /** @param path of the file, which need not exist */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads bands, each with its samples; undefined for one whose samples are not those that were written.
   * @param bands in any order
   * @param sizeOf bytes of the samples of a band
   */
  async *read(
    bands: readonly RecordedBand[],
    sizeOf: (band: RecordedBand) => number,
  ): AsyncGenerator<{ band: RecordedBand; samples: Uint8Array | undefined }> {
    const sorted = [...bands].sort((a, b) => a.at - b.at);
    for (let next = 0; next < sorted.length; ) {
      const start = sorted[next].at;
      let end = start;
      const together: RecordedBand[] = [];
      for (; next < sorted.length; next++) {
        const band = sorted[next];
        const isNear = band.at - end <= GAP && band.at + band.bytes - start <= MOST_AT_ONCE;
        if (together.length > 0 && !isNear) break;
        together.push(band);
        end = Math.max(end, band.at + band.bytes);
      }
      const bytes = await this.#bytes(start, end - start);
      const samples = await Promise.all(
        together.map((band) => {
          const stored = bytes.subarray(band.at - start, band.at - start + band.bytes);
          return unpacked(band, stored, sizeOf(band));
        }),
      );
      for (const [index, band] of together.entries()) yield { band, samples: samples[index] };
    }
  }

  /** One part; undefined where it is not what was written. */
  async part(stored: StoredPart): Promise<Uint8Array | undefined> {
    return unpacked(stored, await this.#bytes(stored.at, stored.bytes));
  }

  /** At most `length` bytes: fewer where the file ends. */
  async #bytes(at: number, length: number): Promise<Uint8Array> {
    this.#file ??= await open(this.#path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (this.#file && done < length) {
      const { bytesRead } = await this.#file.read(bytes, done, length - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** @param size bytes that are expected; undefined where that is not known */
async function unpacked(
  { bytes, checksum }: StoredPart,
  found: Uint8Array,
  size?: number,
): Promise<Uint8Array | undefined> {
  if (found.length !== bytes || crc32(found) !== checksum) return undefined;
  if (size === undefined) return inflated(found);
  // Room for all at once: the library would put it together from small pieces.
  const options = { chunkSize: Math.max(64, size + 1) };
  const samples = size <= SMALL ? inflateRawSync(found, options) : await inflated(found, options);
  return samples.length === size ? samples : undefined;
}
