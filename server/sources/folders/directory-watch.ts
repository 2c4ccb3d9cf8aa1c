import { basename } from 'node:path';
import { InputError, pixelCount } from '../../../protocol/index.ts';
import type { OpenOptions, ScanFile } from '../../formats/format.ts';
import { formatOf } from '../../formats/formats.ts';
import { sameStamp, stampOf } from '../../formats/files/file-stamp.ts';
import { readBytes } from '../growing/read-bytes.ts';
import type { SourceEvent } from '../source.ts';
import { type Candidate, Candidates } from './candidates.ts';
import { FolderAlerts } from './folder-alerts.ts';
import { FolderFinder } from './folder-finder.ts';
import { ScanOpener } from './scan-opener.ts';
import { ShownAlerts } from './shown-alerts.ts';
import {
  HEADER_BYTES,
  isAsShown,
  isLeftFor,
  isTheFileOf,
  isUnderWay,
  openingOf,
  placeBefore,
  type ShownScan,
  shownScan,
} from './shown-scan.ts';
import { DEFAULT_DEPTH, WATCH_TIMES, type WatchTimes } from './watch-times.ts';

/** A file that grew within this time is growing. */
const GROWING_MS = 1000;
/** Waiting files are tried for so long before the scan in progress is looked at again. */
const OPEN_MS = 100;
/** Listing takes no more than one part in so many of the time, while nothing is followed. */
const LISTING_SHARE = 50;
/** Written at least this long before the start: nobody writes it any more. */
const OLD_MS = 10_000;

export interface DirectoryOptions extends OpenOptions {
  poll?: boolean;
  /** Levels of folders below that are looked into; default 2. */
  depth?: number;
  /** Links out of the folder are followed. */
  followLinks?: boolean;
  times?: Partial<WatchTimes>;
}

/** One run of watching: a loop that compares what is there with what was reported. */
export class DirectoryWatch {
  readonly #options: DirectoryOptions;
  readonly #times: WatchTimes;
  readonly #candidates: Candidates;
  readonly #alerts = new ShownAlerts();
  readonly #said: FolderAlerts;
  readonly #opener: ScanOpener;
  readonly #finder: FolderFinder;
  readonly #only: string | undefined;
  #active: ShownScan | undefined;
  /** The scan that was followed last, whose files are gone. */
  #away: ShownScan | undefined;
  #listedAt = Number.NEGATIVE_INFINITY;
  #listNow = true;
  /** Something came, changed or went since the last listing. */
  #hasNews = false;
  /** How long the last one took. */
  #listingMs = 0;

  /** @param only name of the single file to watch */
  constructor(folder: string, only: string | undefined, options: DirectoryOptions) {
    this.#options = options;
    this.#times = { ...WATCH_TIMES, ...options.times };
    this.#only = only;
    this.#said = new FolderAlerts(folder, this.#alerts);
    // Whoever names a file himself may have it lie anywhere.
    const bounds = options.followLinks || only !== undefined ? undefined : folder;
    this.#opener = new ScanOpener(options, this.#times, this.#alerts, bounds);
    this.#finder = new FolderFinder(folder, {
      ...(only !== undefined && { only }),
      depth: options.depth ?? DEFAULT_DEPTH,
      followLinks: options.followLinks ?? false,
      poll: options.poll ?? false,
      pollMs: this.#times.pollMs,
      isResting: (path) => this.#candidates.isResting(path),
    });
    this.#candidates = new Candidates(this.#finder, only, OLD_MS);
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    try {
      while (!signal.aborted) {
        try {
          yield* this.#reconcile();
        } catch (error) {
          const { syscall, message } = error as NodeJS.ErrnoException;
          if (typeof syscall !== 'string') throw error;
          yield* this.#said.unreadable(message);
        }
        if (await this.#finder.wait(this.#pause(), signal)) this.#hasNews = true;
        const sinceMs = performance.now() - this.#listedAt;
        if (this.#hasNews && sinceMs >= this.#newsMs) this.#listNow = true;
        if (this.#finder.isDoubtful && sinceMs >= this.#times.pollMs) this.#listNow = true;
      }
    } finally {
      await this.#finder.close();
    }
  }

  /** How long to wait until the files are compared again: a growing scan causes no events, and is read more often, but on a network share. */
  #pause(): number {
    const { pollMs, growthMs } = this.#times;
    if (this.#active?.follower.behind) return 0;
    const now = performance.now();
    const growing = this.#active && now - this.#active.grewAt < GROWING_MS;
    const often = growing && !this.#finder.isShare && !this.#options.poll;
    const pause = often ? Math.min(growthMs, pollMs) : pollMs;
    return this.#hasNews ? Math.max(0, Math.min(pause, this.#newsMs - (now - this.#listedAt))) : pause;
  }

  /** What comes without an event, as on a share, is found by listing alone: more often where that is quick and nothing is followed. */
  get #listMs(): number {
    const { listMs } = this.#times;
    if (this.#active?.follower.live) return listMs;
    return Math.min(listMs, Math.max(listMs / 4, LISTING_SHARE * this.#listingMs));
  }

  /** Changes are gathered for so long, because a large folder takes long to go through. */
  get #newsMs(): number {
    return Math.min(this.#times.listMs, Math.max(this.#times.pollMs / 10, 5 * this.#listingMs));
  }

  async *#reconcile(): AsyncGenerator<SourceEvent> {
    const now = performance.now();
    if (this.#listNow || now - this.#listedAt >= this.#listMs) yield* this.#list(now);
    if (this.#active) yield* this.#follow(this.#active, now);
    for (const candidate of this.#candidates.waiting()) {
      if (yield* this.#open(candidate, performance.now())) break;
      if (performance.now() - now > OPEN_MS) break;
    }
    yield* this.#said.flush(performance.now());
  }

  async *#list(now: number): AsyncGenerator<SourceEvent> {
    const active = this.#active;
    this.#listedAt = now;
    this.#listNow = false;
    this.#hasNews = false;
    const isBusy = active?.grows === true && active.follower.live && active.absentSince === undefined;
    const state = await this.#finder.check(now, isBusy);
    yield* this.#said.checked(state, this.#finder, this.#times.pollMs);
    const { arrived, gone } = await this.#candidates.refresh(now, active);
    for (const { path } of gone) this.#said.forget(path);
    for (const path of arrived) yield* this.#alerts.clear(`gone:${path}`);
    this.#listingMs = performance.now() - now;
    if (active?.grows) yield* this.#opener.adopt(active, this.#finder.files);
  }

  async *#follow(active: ShownScan, now: number): AsyncGenerator<SourceEvent> {
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
      this.#candidates.reopen(candidate, now);
      return;
    }
    const headerStamp = await stampOf(active.headerPath);
    if (outcome === 'absent' || !headerStamp) return yield* this.#absent(active, now);
    active.absentSince = undefined;
    if (!active.grows || sameStamp(headerStamp, active.headerStamp)) return;
    active.headerStamp = headerStamp;
    const header = await readBytes(active.headerPath, 0, active.headerBytes);
    if (candidate.state === 'taken' && !header.equals(active.header)) this.#candidates.reopen(candidate, now);
  }

  /** Files are away for a moment while another is renamed over them, and for good where they, or their folder, got another name. */
  async *#absent(active: ShownScan, now: number): AsyncGenerator<SourceEvent> {
    if (active.absentSince === undefined) this.#listNow = true;
    active.absentSince ??= now;
    const { path, identity } = active.candidate;
    const moved = this.#candidates
      .waiting()
      .find((other) => other.identity === identity && other.path !== path);
    if (moved && (yield* this.#open(moved, now))) return;
    if (now - active.absentSince < this.#times.awayMs) return;
    this.#active = undefined;
    this.#away = active;
    yield* this.#alerts.raise(
      `gone:${path}`,
      active.follower.ended === 'complete' ? 'warning' : 'error',
      `${path}: file: expected to stay while its spectra are needed, found it gone`,
    );
    yield* active.follower.abort();
  }

  /** @returns whether the scan has begun */
  async *#open(candidate: Candidate, now: number): AsyncGenerator<SourceEvent, boolean> {
    const { path } = candidate;
    const settled = now - candidate.changedAt >= this.#times.settleMs;
    const attempt = `${candidate.signature} ${candidate.touched} ${candidate.lowLoss?.signature} ${settled}`;
    if (candidate.tried === attempt) return false;
    if (now - (candidate.aloneSince ?? Number.NEGATIVE_INFINITY) < this.#times.partnerMs) return false;
    const isAppended = formatOf(path)?.isAppended === true;
    const grows = isAppended || candidate.isFolder;
    const moved = await placeBefore(this.#active ?? this.#away, candidate);
    if (moved === path) {
      candidate.state = 'passed';
      return false;
    }
    if (!isAppended && !settled && moved === undefined) return false;
    // A scan in progress gives way to a new one that grows, not to a file put beside it, nor to an older scan.
    const isOther = this.#active !== undefined && this.#active.candidate.path !== path;
    const mayTakeOver = moved !== undefined || (grows && candidate.state !== 'changed');
    if (isOther && this.#active?.follower.live && !mayTakeOver) {
      this.#said.waits(path);
      return false;
    }
    candidate.tried = attempt;
    let file: ScanFile;
    try {
      file = await this.#opener.open(path);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#refuse(candidate, error, settled);
      return false;
    }
    if (!settled && moved === undefined && !(await isUnderWay(file))) {
      candidate.tried = undefined;
      return false;
    }
    if (moved === undefined && this.#leaves(candidate, file)) return false;
    const header = await readBytes(file.header ?? path, 0, file.headerBytes ?? HEADER_BYTES);
    if (!isOther && this.#active && (await isAsShown(this.#active, candidate, file, header))) {
      // Its header was written anew, and says the same, or what came to it does not fit, or it was away for a moment.
      this.#active.candidate = candidate;
      await this.#candidates.took(candidate);
      this.#said.forget(path);
      yield* this.#said.flush(now);
      yield* this.#opener.sayCompanions(file);
      return false;
    }
    const same = this.#active ?? this.#away;
    if (same && (moved !== undefined || !this.#active) && isTheFileOf(same, candidate, header)) {
      if (this.#active && same.hasLowLoss !== (file.lowLoss !== undefined)) {
        // Its companions are about to get the new name, too.
        candidate.tried = undefined;
        return false;
      }
      if (same.hasLowLoss === (file.lowLoss !== undefined) && same.follower.move(file)) {
        yield* this.#goOn(same, candidate, file, now);
        if (moved !== undefined) yield* this.#said.moved(moved, path);
        return true;
      }
    }
    try {
      yield* this.#begin(candidate, file, header, now);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#refuse(candidate, error, true);
      return false;
    }
    if (moved !== undefined) yield* this.#said.moved(moved, path);
    return true;
  }

  /** A file that cannot be opened is tried again when it changes; that it cannot is said once it rests. */
  #refuse(candidate: Candidate, error: InputError, settled: boolean): void {
    const { path } = candidate;
    const isScalar =
      path.toLowerCase().endsWith('.rpl') && error.field === 'depth' && /\.[^.]+\.rpl$/i.test(basename(path));
    if (!settled) return;
    if (candidate.state === 'new') candidate.state = 'refused';
    if (!isScalar) this.#said.refused(path, error);
  }

  /** Whether a file is not opened, or not yet, because there is an image that people would rather see. */
  #leaves(candidate: Candidate, file: ScanFile): boolean {
    const active = this.#active;
    if (this.#only !== undefined) return false;
    if (active && isLeftFor(active, candidate, file)) {
      candidate.state = 'passed';
      this.#said.smaller(candidate.path, file.scan, active.follower.scan);
      return true;
    }
    return !active && pixelCount(file.scan) === 1 && this.#candidates.defer(candidate);
  }

  /** The files of a scan have another name, or are back. */
  async *#goOn(
    shown: ShownScan,
    candidate: Candidate,
    file: ScanFile,
    now: number,
  ): AsyncGenerator<SourceEvent> {
    const { path } = candidate;
    const { follower } = shown;
    const wasGone = this.#away === shown;
    for (const id of [`gone:${shown.candidate.path}`, `gone:${path}`]) yield* this.#alerts.clear(id);
    await this.#candidates.took(candidate);
    this.#said.forget(path);
    yield* this.#said.flush(now);
    this.#active = { ...(await shownScan(candidate, follower, file, shown.header, now)), grows: shown.grows };
    this.#away = undefined;
    yield {
      type: 'moved',
      opening: openingOf(path, file, follower),
    };
    // What was to be made of it when it was gone could not be read.
    if (wasGone && follower.ended === 'aborted') yield { type: 'end', status: 'aborted' };
    yield* this.#follow(this.#active, now);
  }

  async *#begin(
    candidate: Candidate,
    file: ScanFile,
    header: Buffer,
    now: number,
  ): AsyncGenerator<SourceEvent> {
    const { path } = candidate;
    const finished = file.growing.length === 0 || candidate.old;
    const follower = await this.#opener.follow(file, finished, now);
    for (const other of await this.#candidates.took(candidate)) this.#said.older(other.path, path);
    const before = this.#active;
    if (before) {
      if (before.candidate.state === 'taken') await this.#candidates.accept(before.candidate);
      const isAnother = before.candidate.path === path && !(await before.follower.isIntact());
      yield* before.follower.abort(isAnother ? 'lost' : undefined);
      yield* before.follower.dismiss();
    }
    for (const id of this.#alerts.ids)
      if (/^(companion|moved):/.test(id) || id === `gone:${path}`) yield* this.#alerts.clear(id);
    this.#said.forget(path);
    yield* this.#said.flush(now);
    this.#active = await shownScan(candidate, follower, file, header, now);
    this.#away = undefined;
    await this.#opener.keep(file);
    yield { type: 'scan', opening: openingOf(path, file, follower) };
    yield* this.#opener.sayCompanions(file);
    yield* this.#follow(this.#active, now);
  }
}
