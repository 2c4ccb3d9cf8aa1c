import { basename } from 'node:path';
import { InputError, pixelCount } from '../../../protocol/index.ts';
import type { ScanFile } from '../../formats/format.ts';
import { formatOf } from '../../formats/formats.ts';
import { readBytes } from '../growing/read-bytes.ts';
import type { SourceEvent } from '../source.ts';
import type { Candidate } from './candidates.ts';
import type { ScanOnShow, WatchParts } from './scan-on-show.ts';
import { HEADER_BYTES, isAsShown, isLeftFor, isTheFileOf, isUnderWay, placeBefore } from './shown-scan.ts';
import type { WatchTimes } from './watch-times.ts';

/** Decides of a file that waits whether its scan is put on show now, later, or not at all. Times are monotonic ms. */
export class ScanChooser {
  readonly #parts: WatchParts;
  readonly #show: ScanOnShow;
  readonly #times: WatchTimes;
  readonly #isSingle: boolean;

  /** @param isSingle one file is watched, not a folder */
  constructor(parts: WatchParts, show: ScanOnShow, times: WatchTimes, isSingle: boolean) {
    this.#parts = parts;
    this.#show = show;
    this.#times = times;
    this.#isSingle = isSingle;
  }

  /** @returns whether its scan is on show now, and was not before */
  async *consider(candidate: Candidate, now: number): AsyncGenerator<SourceEvent, boolean> {
    const { path } = candidate;
    const isSettled = now - candidate.changedAt >= this.#times.settleMs;
    const attempt = `${candidate.signature} ${candidate.touched} ${candidate.lowLoss?.signature} ${isSettled}`;
    if (candidate.tried === attempt) return false;
    if (now - (candidate.aloneSince ?? Number.NEGATIVE_INFINITY) < this.#times.partnerMs) return false;
    const movedFrom = await placeBefore(this.#show.last, candidate);
    if (movedFrom === path) {
      candidate.state = 'passed';
      return false;
    }
    const isAppended = formatOf(path)?.isAppended === true;
    if (!isAppended && !isSettled && movedFrom === undefined) return false;
    const mayTakeOver =
      movedFrom !== undefined || ((isAppended || candidate.isFolder) && candidate.state !== 'changed');
    if (this.#isOther(path) && this.#show.active?.follower.live && !mayTakeOver) {
      // A scan in progress is left for a new one that grows, not for a file put beside it, nor for an older scan.
      this.#parts.folderAlerts.waits(path);
      return false;
    }
    candidate.tried = attempt;
    const file = await this.#open(candidate, isSettled);
    if (!file) return false;
    if (!isSettled && movedFrom === undefined && !(await isUnderWay(file))) {
      candidate.tried = undefined;
      return false;
    }
    if (movedFrom === undefined && this.#isLeft(candidate, file)) return false;
    return yield* this.#take(candidate, file, movedFrom, now);
  }

  #isOther(path: string): boolean {
    return this.#show.active !== undefined && this.#show.active.candidate.path !== path;
  }

  /** @returns undefined where it cannot be opened */
  async #open(candidate: Candidate, isSettled: boolean): Promise<ScanFile | undefined> {
    try {
      return await this.#parts.opener.open(candidate.path);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (isSettled) this.#refuse(candidate, error);
      return undefined;
    }
  }

  /** Goes on with the scan that is on show, or was, where the file is that one's, and begins another where it is not. */
  async *#take(
    candidate: Candidate,
    file: ScanFile,
    movedFrom: string | undefined,
    now: number,
  ): AsyncGenerator<SourceEvent, boolean> {
    const { path } = candidate;
    const { active, last } = this.#show;
    const header = await readBytes(file.header ?? path, 0, file.headerBytes ?? HEADER_BYTES);
    if (active && !this.#isOther(path) && (await isAsShown(active, candidate, file, header))) {
      yield* this.#show.keep(candidate, file, now);
      return false;
    }
    const mayBeLast = last !== undefined && (movedFrom !== undefined || !active);
    if (mayBeLast && isTheFileOf(last, candidate, header)) {
      const hasSameParts = last.hasLowLoss === (file.lowLoss !== undefined);
      if (active && !hasSameParts) {
        // Its companions are about to get the new name, too.
        candidate.tried = undefined;
        return false;
      }
      if (hasSameParts && last.follower.move(file)) {
        yield* this.#show.resume(last, candidate, file, now);
        yield* this.#sayMoved(movedFrom, path);
        return true;
      }
    }
    try {
      yield* this.#show.begin(candidate, file, header, now);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#refuse(candidate, error);
      return false;
    }
    yield* this.#sayMoved(movedFrom, path);
    return true;
  }

  *#sayMoved(from: string | undefined, to: string): Generator<SourceEvent> {
    if (from !== undefined) yield* this.#parts.folderAlerts.moved(from, to);
  }

  /** A file that cannot be opened is tried again when it changes. */
  #refuse(candidate: Candidate, error: InputError): void {
    const { path } = candidate;
    if (candidate.state === 'new') candidate.state = 'refused';
    // Scalar channels look like scans of one channel; they belong to another file.
    const isScalar =
      path.toLowerCase().endsWith('.rpl') && error.field === 'depth' && /\.[^.]+\.rpl$/i.test(basename(path));
    if (!isScalar) this.#parts.folderAlerts.refused(path, error);
  }

  /** Whether a file is not opened, or not yet, because there is an image that people would rather see. */
  #isLeft(candidate: Candidate, file: ScanFile): boolean {
    const { active } = this.#show;
    if (this.#isSingle) return false;
    if (active && isLeftFor(active, candidate, file)) {
      candidate.state = 'passed';
      this.#parts.folderAlerts.smaller(candidate.path, file.scan, active.follower.scan);
      return true;
    }
    return !active && pixelCount(file.scan) === 1 && this.#parts.candidates.defer(candidate);
  }
}
