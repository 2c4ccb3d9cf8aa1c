import { type FileStamp, sameFile, sameStamp, stampOf } from '../../formats/files/file-stamp.ts';
import { BlockSample } from './block-sample.ts';
import { FillDetector, type RecordLayout, trailingFill } from './fill-detector.ts';

export interface GrowthTimes {
  /** A file that got smaller is taken for rewritten after this: on shares, sizes jump back for a moment. */
  shrinkMs: number;
  /** A row of a preallocated file is taken as it is after this long without a change. */
  quietMs: number;
  /** Some bytes of what was taken are compared again this often: some rewrites change neither size nor time. */
  verifyMs: number;
}

export type Sighting = 'absent' | 'same' | 'changed' | 'rewritten';

/** A file of fixed-size records that is being written, seen by polling. */
export class GrowingFile {
  layout: RecordLayout;
  readonly #times: GrowthTimes;
  readonly #finished: boolean;
  #stamp: FileStamp | undefined;
  #fill: FillDetector | undefined;
  #records = 0;
  readonly #sample: BlockSample;
  #shrunkAt: number | undefined;
  #verifiedAt = Number.NEGATIVE_INFINITY;

  /** @param finished the file is known to be written: what is in it is taken for data, fill or not */
  constructor(layout: RecordLayout, times: GrowthTimes, finished: boolean) {
    this.layout = layout;
    this.#sample = new BlockSample(layout.path, layout.byteOffset);
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

  /** The file has another name from now on. */
  moveTo(path: string): void {
    this.layout = { ...this.layout, path };
    this.#sample.moveTo(path);
    this.#fill?.moveTo(path);
  }

  /** Looks at the file at `now` (monotonic ms); after `rewritten` it is of no more use. */
  async look(now: number): Promise<Sighting> {
    const stamp = await stampOf(this.layout.path);
    if (!stamp) return 'absent';
    const before = this.#stamp;
    // Another file with what was taken in it goes on where that one was: a copy that was renamed over it, say.
    const isOther = before !== undefined && !sameFile(before, stamp) && this.#records > 0;
    if (isOther && !(await this.#sample.isIntact(stamp.size))) return 'rewritten';
    if (this.#isShorter(stamp)) {
      this.#shrunkAt ??= now;
      if (now - this.#shrunkAt >= this.#times.shrinkMs) return 'rewritten';
      return (await this.#sample.isIntact(stamp.size)) ? 'same' : 'rewritten';
    }
    const suspicious = before !== undefined && before.size === stamp.size && !sameStamp(before, stamp);
    if (suspicious || this.#shrunkAt !== undefined || now - this.#verifiedAt >= this.#times.verifyMs) {
      this.#verifiedAt = now;
      if (!(await this.#sample.isIntact(stamp.size))) return 'rewritten';
    }
    // One that is written anew may be longer than it was by the time it is seen.
    else if (before !== undefined && stamp.size > before.size && !(await this.#sample.areEndsIntact()))
      return 'rewritten';
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

  /** Whether the file still holds the records that were taken; false also while it is gone or shorter. */
  async isIntact(): Promise<boolean> {
    if (this.#records === 0) return true;
    const stamp = await stampOf(this.layout.path);
    return stamp !== undefined && !this.#isShorter(stamp) && (await this.#sample.isIntact(stamp.size));
  }

  #isShorter(stamp: FileStamp): boolean {
    const { byteOffset, recordBytes } = this.layout;
    return this.#records > 0 && stamp.size < byteOffset + this.#records * recordBytes;
  }

  /** Full size at once, ending in fill: the file was allocated before its content is written. */
  async #detectFill(available: number): Promise<void> {
    const { records } = this.layout;
    if (this.#finished || this.#fill || available < records || this.#records > records / 2) return;
    const fill = await trailingFill(this.layout);
    if (fill) this.#fill = new FillDetector(this.layout, fill, this.#times.quietMs);
  }

  async #take(complete: number): Promise<void> {
    const { byteOffset, recordBytes } = this.layout;
    await this.#sample.extend(byteOffset + complete * recordBytes);
    this.#records = complete;
  }
}
