import { sameStamp, stampOf } from '../../formats/files/file-stamp.ts';
import type { ScanFile } from '../../formats/format.ts';
import { readBytes } from '../growing/read-bytes.ts';
import type { SourceEvent } from '../source.ts';
import type { Candidate, Candidates } from './candidates.ts';
import type { FolderAlerts } from './folder-alerts.ts';
import type { ScanOpener } from './scan-opener.ts';
import type { ShownAlerts } from './shown-alerts.ts';
import { openingOf, type ShownScan, shownScan } from './shown-scan.ts';

/** A file that grew within this time is growing. */
const GROWING_MS = 1000;

/** What is shared by the parts that decide which scan of a watched folder is on show. */
export interface WatchParts {
  candidates: Candidates;
  alerts: ShownAlerts;
  folderAlerts: FolderAlerts;
  opener: ScanOpener;
}

/**
 * The one scan of a watched folder that is on show. States: none, followed (`active`), or gone (`gone`, whose files went away, and which
 * goes on when they come back). Times are monotonic ms.
 */
export class ScanOnShow {
  readonly #parts: WatchParts;
  #active: ShownScan | undefined;
  #gone: ShownScan | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get active(): ShownScan | undefined {
    return this.#active;
  }

  /** The one that is followed, or the one that was followed last, whose files are gone. */
  get last(): ShownScan | undefined {
    return this.#active ?? this.#gone;
  }

  isGrowing(now: number): boolean {
    return this.#active !== undefined && now - this.#active.grewAt < GROWING_MS;
  }

  /** Reports what has come. @returns false where its files are not there */
  async *follow(now: number): AsyncGenerator<SourceEvent, boolean> {
    const active = this.#active;
    if (!active) return true;
    const { candidate, follower } = active;
    const samples = await stampOf(active.samplesPath);
    if (samples && samples.size !== active.samplesBytes) {
      active.samplesBytes = samples.size;
      active.grewAt = now;
    }
    const outcome = yield* follower.look(now);
    if (outcome === 'rewritten') {
      yield* follower.abort('lost');
      this.#active = undefined;
      this.#parts.candidates.reopen(candidate, now);
      return true;
    }
    const headerStamp = await stampOf(active.headerPath);
    if (outcome === 'absent' || !headerStamp) return false;
    active.absentSince = undefined;
    if (!active.grows || sameStamp(headerStamp, active.headerStamp)) return true;
    active.headerStamp = headerStamp;
    const header = await readBytes(active.headerPath, 0, active.headerBytes);
    if (candidate.state === 'taken' && !header.equals(active.header))
      this.#parts.candidates.reopen(candidate, now);
    return true;
  }

  /** Ends the scan: its files have been away for too long. */
  async *end(): AsyncGenerator<SourceEvent> {
    const active = this.#active;
    if (!active) return;
    const { path } = active.candidate;
    this.#active = undefined;
    this.#gone = active;
    yield* this.#parts.alerts.raise(
      `gone:${path}`,
      active.follower.ended === 'complete' ? 'warning' : 'error',
      `${path}: file: it is gone, and its spectra can no longer be read; the scan goes on once it is back`,
    );
    yield* active.follower.abort();
  }

  /** Goes on with the scan that is on show: its header was written anew and says the same, or it was away for a moment. */
  async *keep(candidate: Candidate, file: ScanFile, now: number): AsyncGenerator<SourceEvent> {
    if (this.#active) this.#active.candidate = candidate;
    await this.#parts.candidates.took(candidate);
    yield* this.#nothingToSayOf(candidate, now);
    yield* this.#parts.opener.sayCompanions(file);
  }

  /** Goes on with a scan whose files have another name, or are back. */
  async *resume(
    shown: ShownScan,
    candidate: Candidate,
    file: ScanFile,
    now: number,
  ): AsyncGenerator<SourceEvent> {
    const { path } = candidate;
    const { follower } = shown;
    const wasGone = this.#gone === shown;
    for (const id of [`gone:${shown.candidate.path}`, `gone:${path}`]) yield* this.#parts.alerts.clear(id);
    await this.#parts.candidates.took(candidate);
    yield* this.#nothingToSayOf(candidate, now);
    this.#active = { ...(await shownScan(candidate, follower, file, shown.header, now)), grows: shown.grows };
    this.#gone = undefined;
    yield { type: 'moved', opening: openingOf(path, file, follower) };
    // What was to be made of it when it was gone could not be read.
    if (wasGone && follower.ended === 'aborted') yield { type: 'end', status: 'aborted' };
    yield* this.follow(now);
  }

  /**
   * Puts another scan on show, and ends the one before.
   * @throws InputError where there is no room to unpack it
   */
  async *begin(
    candidate: Candidate,
    file: ScanFile,
    header: Buffer,
    now: number,
  ): AsyncGenerator<SourceEvent> {
    const { candidates, alerts, folderAlerts, opener } = this.#parts;
    const { path } = candidate;
    const finished = file.growing.length === 0 || candidate.old;
    const follower = await opener.follow(file, finished, now);
    for (const other of await candidates.took(candidate)) folderAlerts.older(other.path, path);
    const before = this.#active;
    if (before) {
      if (before.candidate.state === 'taken') await candidates.accept(before.candidate);
      const isAnother = before.candidate.path === path && !(await before.follower.isIntact());
      yield* before.follower.abort(isAnother ? 'lost' : undefined);
      yield* before.follower.dismiss();
    }
    for (const id of alerts.ids)
      if (/^(companion|moved):/.test(id) || id === `gone:${path}`) yield* alerts.clear(id);
    yield* this.#nothingToSayOf(candidate, now);
    this.#active = await shownScan(candidate, follower, file, header, now);
    this.#gone = undefined;
    await opener.keep(file);
    yield { type: 'scan', opening: openingOf(path, file, follower) };
    yield* opener.sayCompanions(file);
    yield* this.follow(now);
  }

  *#nothingToSayOf({ path }: Candidate, now: number): Generator<SourceEvent> {
    this.#parts.folderAlerts.forget(path);
    yield* this.#parts.folderAlerts.flush(now);
  }
}
