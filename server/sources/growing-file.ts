import { type FileStamp, sameFile, sameStamp, stampOf } from './file-stamp.ts';
import { FillDetector, type RecordLayout, trailingFill } from './fill-detector.ts';
import { readBytes } from './read-bytes.ts';

/** Bytes at the beginning and at the end of what was taken, by which a rewritten file is known. */
const SAMPLE_BYTES = 4096;

export interface GrowthTimes {
  /** A file that got smaller is taken for rewritten after this: on shares, sizes jump back for a moment. */
  shrinkMs: number;
  /** A row of a preallocated file is taken as it is after this long without a change. */
  quietMs: number;
  /** The bytes of what was taken are looked at again this often: some rewrites change neither size nor time. */
  verifyMs: number;
}

export type Sighting = 'absent' | 'same' | 'changed' | 'rewritten';

/** A file of fixed-size records that is being written, seen by polling. */
export class GrowingFile {
  readonly layout: RecordLayout;
  readonly #times: GrowthTimes;
  readonly #finished: boolean;
  #stamp: FileStamp | undefined;
  #fill: FillDetector | undefined;
  #records = 0;
  #head = Buffer.alloc(0);
  #tail = { position: 0, bytes: Buffer.alloc(0) };
  #shrunkAt: number | undefined;
  #verifiedAt = Number.NEGATIVE_INFINITY;

  /** @param finished the file is known to be written: what is in it is taken for data, fill or not */
  constructor(layout: RecordLayout, times: GrowthTimes, finished: boolean) {
    this.layout = layout;
    this.#times = times;
    this.#finished = finished;
  }

  /** Complete records from the first on. Never decreases. */
  get records(): number {
    return this.#records;
  }

  /** True when the file had its full size before its content, so that `records` rests on its fill value. */
  get inferred(): boolean {
    return this.#fill !== undefined;
  }

  /** Bytes beyond those the layout has room for. */
  get excessBytes(): number {
    const { byteOffset, records, recordBytes } = this.layout;
    return Math.max(0, (this.#stamp?.size ?? 0) - byteOffset - records * recordBytes);
  }

  /** Looks at the file at `now` (monotonic ms); after `rewritten` it is of no more use. */
  async look(now: number): Promise<Sighting> {
    const stamp = await stampOf(this.layout.path);
    if (!stamp) return 'absent';
    const before = this.#stamp;
    if (before && !sameFile(before, stamp) && this.#records > 0) return 'rewritten';
    if (this.#isShorter(stamp)) {
      this.#shrunkAt ??= now;
      if (now - this.#shrunkAt >= this.#times.shrinkMs) return 'rewritten';
      return (await this.#isIntact(stamp.size)) ? 'same' : 'rewritten';
    }
    const suspicious = before !== undefined && before.size === stamp.size && !sameStamp(before, stamp);
    if (suspicious || this.#shrunkAt !== undefined || now - this.#verifiedAt >= this.#times.verifyMs) {
      this.#verifiedAt = now;
      if (!(await this.#isIntact(stamp.size))) return 'rewritten';
    }
    this.#shrunkAt = undefined;
    this.#stamp = stamp;

    const { byteOffset, recordBytes, records } = this.layout;
    const whole = Math.floor((stamp.size - byteOffset) / recordBytes);
    const available = Math.max(0, Math.min(whole, records));
    await this.#detectFill(available);
    const complete = this.#fill ? await this.#fill.look(now) : available;
    if (complete > this.#records) await this.#take(complete);
    else return sameStamp(before, stamp) ? 'same' : 'changed';
    return 'changed';
  }

  #isShorter(stamp: FileStamp): boolean {
    return stamp.size < this.layout.byteOffset + this.#records * this.layout.recordBytes;
  }

  /** Full size at once, ending in fill: the file was allocated before its content is written. */
  async #detectFill(available: number): Promise<void> {
    const { records } = this.layout;
    if (this.#finished || this.#fill || available < records || this.#records > records / 2) return;
    const fill = await trailingFill(this.layout);
    if (fill) this.#fill = new FillDetector(this.layout, fill, this.#times.quietMs);
  }

  async #take(complete: number): Promise<void> {
    const { path, byteOffset, recordBytes } = this.layout;
    const bytes = complete * recordBytes;
    const position = byteOffset + Math.max(0, bytes - SAMPLE_BYTES);
    this.#tail = { position, bytes: await readBytes(path, position, byteOffset + bytes - position) };
    if (this.#head.length < SAMPLE_BYTES)
      this.#head = await readBytes(path, byteOffset, Math.min(bytes, SAMPLE_BYTES));
    this.#records = complete;
  }

  /** Whether the beginning and the end of what was taken are still there, as far as `size` bytes reach. */
  async #isIntact(size: number): Promise<boolean> {
    const stays = async (position: number, expected: Buffer) => {
      const count = Math.max(0, Math.min(expected.length, size - position));
      if (count === 0) return true;
      const found = await readBytes(this.layout.path, position, count);
      return found.equals(expected.subarray(0, found.length));
    };
    return (
      (await stays(this.layout.byteOffset, this.#head)) &&
      (await stays(this.#tail.position, this.#tail.bytes))
    );
  }
}
