import type { OpenOptions } from '../../formats/format.ts';
import type { SourceEvent } from '../source.ts';
import { Candidates } from './candidates.ts';
import { FolderAlerts } from './folder-alerts.ts';
import { FolderFinder } from './folder-finder.ts';
import { ListingPace } from './listing-pace.ts';
import { ScanChooser } from './scan-chooser.ts';
import { ScanOnShow } from './scan-on-show.ts';
import { ScanOpener } from './scan-opener.ts';
import { ShownAlerts } from './shown-alerts.ts';
import type { ShownScan } from './shown-scan.ts';
import { DEFAULT_DEPTH, WATCH_TIMES, type WatchTimes } from './watch-times.ts';

/** Waiting files are tried for so long before the scan in progress is followed again. */
const OPEN_MS = 100;
/** Written at least this long before the start: nobody writes it any more. */
const OLD_MS = 10_000;

export interface DirectoryOptions extends OpenOptions {
  poll?: boolean;
  /** Levels of folders below that are searched; default 2. */
  depth?: number;
  /** Links out of the folder are followed. */
  followLinks?: boolean;
  times?: Partial<WatchTimes>;
}

/** One run of watching: a loop that compares what is there with what was reported. */
export class DirectoryWatch {
  readonly #polls: boolean;
  readonly #times: WatchTimes;
  readonly #finder: FolderFinder;
  readonly #candidates: Candidates;
  readonly #alerts = new ShownAlerts();
  readonly #folderAlerts: FolderAlerts;
  readonly #opener: ScanOpener;
  readonly #pace: ListingPace;
  readonly #show: ScanOnShow;
  readonly #chooser: ScanChooser;

  /** @param only name of the single file to watch */
  constructor(folder: string, only: string | undefined, options: DirectoryOptions) {
    const { poll = false, depth = DEFAULT_DEPTH, followLinks = false } = options;
    this.#polls = poll;
    this.#times = { ...WATCH_TIMES, ...options.times };
    this.#pace = new ListingPace(this.#times);
    this.#folderAlerts = new FolderAlerts(folder, this.#alerts);
    // Whoever names a file himself may have it lie anywhere.
    const bounds = followLinks || only !== undefined ? undefined : folder;
    this.#opener = new ScanOpener(options, this.#times, this.#alerts, bounds);
    this.#finder = new FolderFinder(folder, {
      ...(only !== undefined && { only }),
      depth,
      followLinks,
      poll,
      pollMs: this.#times.pollMs,
      isResting: (path) => this.#candidates.isResting(path),
    });
    this.#candidates = new Candidates(this.#finder, only, OLD_MS);
    const parts = {
      candidates: this.#candidates,
      alerts: this.#alerts,
      folderAlerts: this.#folderAlerts,
      opener: this.#opener,
    };
    this.#show = new ScanOnShow(parts);
    this.#chooser = new ScanChooser(parts, this.#show, this.#times, only !== undefined);
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    try {
      while (!signal.aborted) {
        try {
          yield* this.#reconcile();
        } catch (error) {
          const { syscall, message } = error as NodeJS.ErrnoException;
          if (typeof syscall !== 'string') throw error;
          yield* this.#folderAlerts.unreadable(message);
        }
        const hasNews = await this.#finder.wait(this.#pauseMs(), signal);
        this.#pace.waited(performance.now(), hasNews, this.#finder.isDoubtful);
      }
    } finally {
      await this.#finder.close();
    }
  }

  #pauseMs(): number {
    if (this.#show.active?.follower.behind) return 0;
    const now = performance.now();
    return this.#pace.pauseMs(now, this.#show.isGrowing(now) && !this.#finder.isShare && !this.#polls);
  }

  async *#reconcile(): AsyncGenerator<SourceEvent> {
    const now = performance.now();
    if (this.#pace.isDue(now, this.#show.active?.follower.live === true)) yield* this.#list(now);
    const isThere = yield* this.#show.follow(now);
    if (!isThere && this.#show.active) yield* this.#absent(this.#show.active, now);
    for (const candidate of this.#candidates.waiting()) {
      if (yield* this.#chooser.consider(candidate, performance.now())) break;
      if (performance.now() - now > OPEN_MS) break;
    }
    yield* this.#folderAlerts.flush(performance.now());
  }

  async *#list(now: number): AsyncGenerator<SourceEvent> {
    const { active } = this.#show;
    this.#pace.began(now);
    const isBusy = active?.grows === true && active.follower.live && active.absentSince === undefined;
    const state = await this.#finder.check(now, isBusy);
    yield* this.#folderAlerts.checked(state, this.#finder, this.#times.pollMs);
    const { arrived, gone } = await this.#candidates.refresh(now, active);
    for (const { path } of gone) this.#folderAlerts.forget(path);
    for (const path of arrived) yield* this.#alerts.clear(`gone:${path}`);
    this.#pace.ended(performance.now());
    if (active?.grows) yield* this.#opener.adopt(active, this.#finder.files);
  }

  /** Files are away for a moment while another is renamed over them, and for good where they, or their folder, got another name. */
  async *#absent(active: ShownScan, now: number): AsyncGenerator<SourceEvent> {
    if (active.absentSince === undefined) this.#pace.request();
    active.absentSince ??= now;
    const { path, identity } = active.candidate;
    const moved = this.#candidates
      .waiting()
      .find((other) => other.identity === identity && other.path !== path);
    if (moved && (yield* this.#chooser.consider(moved, now))) return;
    if (now - active.absentSince >= this.#times.awayMs) yield* this.#show.end();
  }
}
