import { readBytes } from './read-bytes.ts';

/** Bytes that are read at once, and the most that one check reads at either of its two places. */
const PIECE_BYTES = 2 ** 20;
const LOOK_BYTES = 8 * 2 ** 20;

/** Where the records of a file lie. */
export interface RecordLayout {
  path: string;
  byteOffset: number;
  recordBytes: number;
  /** Records of a row, fly-back included. */
  recordsPerRow: number;
  /** Records of the complete file. */
  records: number;
  sampleBytes: number;
}

/** Samples that are all alike by chance are fewer than this. */
const ALIKE = 16;

/** The fill value that a file ends with: its last sample, when its last record, or row, consists of nothing else. */
export async function trailingFill(layout: RecordLayout): Promise<Buffer | undefined> {
  const { path, byteOffset, recordBytes, recordsPerRow, records, sampleBytes } = layout;
  const count = recordBytes >= ALIKE * sampleBytes ? 1 : Math.min(recordsPerRow, records);
  const last = await readBytes(path, byteOffset + (records - count) * recordBytes, count * recordBytes);
  if (last.length < count * recordBytes) return undefined;
  const sample = Buffer.from(last.subarray(last.length - sampleBytes));
  return endOfContent(last, repeated(sample, last.length)) === 0 ? sample : undefined;
}

/**
 * Tells how far a file is written that had its full size from the start and is filled in place, which shows neither
 * as growth nor, written through a memory map, as a change. Rows are written in order, so those before the last
 * one that holds anything but fill are complete; that one is taken as far as it goes once it has not changed for
 * a while. Records that are all fill and followed by nothing are never taken: they may be empty, or not written.
 */
export class FillDetector {
  #layout: RecordLayout;
  readonly #fill: Buffer;
  readonly #quietMs: number;
  /** Last record known to hold anything but fill. */
  #begun = -1;
  #begunBytes = Buffer.alloc(0);
  #changedAt = Number.NEGATIVE_INFINITY;
  /** Where the slow search of the rest of the file goes on. */
  #searchAt = 0;

  constructor(layout: RecordLayout, fillSample: Buffer, quietMs: number) {
    this.#layout = layout;
    this.#fill = repeated(fillSample, PIECE_BYTES);
    this.#quietMs = quietMs;
  }

  moveTo(path: string): void {
    this.#layout = { ...this.#layout, path };
  }

  /** Records from the first on that are complete at `now` (monotonic ms). */
  async look(now: number): Promise<number> {
    const { recordBytes, recordsPerRow, records, path, byteOffset } = this.#layout;
    const rowOf = (record: number) => Math.floor(Math.max(record, 0) / recordsPerRow) * recordsPerRow;
    const near = rowOf(this.#begun) * recordBytes;
    const far = Math.max(this.#searchAt, near + LOOK_BYTES);
    const end = Math.max(await this.#contentEnd(near), await this.#contentEnd(far));
    this.#searchAt = far + LOOK_BYTES < records * recordBytes ? far + LOOK_BYTES : 0;

    const begun = Math.max(this.#begun, Math.ceil(end / recordBytes) - 1);
    if (begun < 0) return 0;
    const bytes = await readBytes(path, byteOffset + begun * recordBytes, recordBytes);
    if (begun !== this.#begun || !bytes.equals(this.#begunBytes)) {
      this.#begun = begun;
      this.#begunBytes = bytes;
      this.#changedAt = now;
    }
    return now - this.#changedAt >= this.#quietMs ? begun + 1 : rowOf(begun);
  }

  /** End of the last sample that is not fill in a look's stretch from `start` on; 0 when all of it is. */
  async #contentEnd(start: number): Promise<number> {
    const { path, byteOffset, recordBytes, records } = this.#layout;
    const stop = Math.min(start + LOOK_BYTES, records * recordBytes);
    let end = 0;
    for (let at = start; at < stop; at += PIECE_BYTES) {
      const piece = await readBytes(path, byteOffset + at, Math.min(PIECE_BYTES, stop - at));
      const content = endOfContent(piece, this.#fill);
      if (content > 0) end = at + content;
    }
    return end;
  }
}

const repeated = (sample: Buffer, bytes: number): Buffer => Buffer.alloc(bytes, sample);

/** Bytes up to the last one that differs from the fill. */
function endOfContent(bytes: Buffer, fill: Buffer): number {
  const block = 4096;
  let end = bytes.length;
  while (end > 0) {
    const start = Math.max(0, end - block);
    if (bytes.compare(fill, start, end, start, end) !== 0) break;
    end = start;
  }
  while (end > 0 && bytes[end - 1] === fill[end - 1]) end--;
  return end;
}
