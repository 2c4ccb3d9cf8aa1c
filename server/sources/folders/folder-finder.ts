import { access, constants, realpath, stat } from 'node:fs/promises';
import { EntryWatcher } from './entry-watcher.ts';
import { FolderContent } from './folder-content.ts';
import type { SkipReason } from './folder-entry.ts';
import type { Missed } from './folder-names.ts';
import { WakeUp } from './wake-up.ts';

/** Events of files times entries of the folder in a round: each event has chokidar read the whole folder again. */
const MOST_READS = 5000;
/** Events are done without for so long after there were too many. */
const REST_MS = 10_000;
/** What comes of a folder may be late by so many times as long as it takes to read all of it. */
const BUSY = 10;
/** Events do not serve where something was missed so often in a row. */
const MANY_MISSES = 3;

export interface FinderOptions {
  /** Name of the single file to find, its companions included. */
  only?: string;
  /** Levels of folders below. */
  depth: number;
  followLinks: boolean;
  /** Events are never relied on. */
  poll: boolean;
  /** Without events, files are compared this often. */
  pollMs: number;
  /** Whether it does not matter when a file changes: it is neither waited for nor read. */
  isResting?: (path: string) => boolean;
}

/** What has become of the folder itself. */
export type FolderState = 'there' | 'gone';

/**
 * Finds files in a folder and the folders below it. chokidar does the finding: by change events, or by polling on network
 * shares and while a scan grows, whose every row would be an event that has the folder read again. Every round of `check` compares the
 * names in the folders with those that chokidar has come across, so that nothing stays unseen, and shows whether events arrive.
 */
export class FolderFinder {
  readonly folder: string;
  readonly #options: FinderOptions;
  readonly #content: FolderContent;
  readonly #watcher: EntryWatcher;
  readonly #wakeUp = new WakeUp();
  /** Which folder it is, whatever its name; empty while there is none. */
  #identity = '';
  #polls: boolean;
  #restUntil = 0;
  /** Times in a row that it had to begin anew. */
  #misses = 0;
  #missesEvents = false;

  constructor(folder: string, options: FinderOptions) {
    this.folder = folder;
    this.#options = options;
    this.#polls = options.poll;
    this.#content = new FolderContent(folder, options);
    this.#watcher = new EntryWatcher({
      ...options,
      depth: options.only === undefined ? options.depth : 0,
      takes: (path, stats) => this.#content.takes(path, stats),
      happened: (event, path) => {
        if (this.#content.happened(event, path)) this.#wakeUp.now();
      },
    });
  }

  /** Events do not arrive, or the system refuses to watch. */
  get isShare(): boolean {
    return this.#missesEvents || this.#watcher.isRefused;
  }

  /** Files that may be scans or belong to one, and folders that are one. */
  get files(): ReadonlySet<string> {
    return this.#content.files;
  }

  /** Counts changes of `files`. */
  get version(): number {
    return this.#content.version;
  }

  /** Entries that are passed over, and why; what nobody would expect to be opened is not among them. */
  get skipped(): ReadonlyMap<string, SkipReason> {
    return this.#content.skipped;
  }

  /** Something lies in the folder that was not found yet: `check` is due soon. */
  get isDoubtful(): boolean {
    return this.#content.names.isDoubtful;
  }

  /** Forgets a file that is no longer there. */
  drop(path: string): void {
    this.#content.drop(path);
  }

  /** Resolves when all is found that is there now. */
  async start(): Promise<void> {
    const found = await stat(this.folder);
    await access(this.folder, constants.R_OK | constants.X_OK);
    this.#content.realFolder = await realpath(this.folder);
    await this.#watcher.begin(this.folder, this.#polls);
    this.#identity = `${found.dev}/${found.ino}`;
  }

  close(): Promise<void> {
    return this.#watcher.close();
  }

  /** Resolves after `ms`, on abort, or when a file came, changed or went, also since the last call; then with true. */
  wait(ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#wakeUp.pause(ms, signal);
  }

  /**
   * Compares what is there with what was found, and finds the rest.
   * @param busy a scan grows in the folder
   * @param now monotonic ms
   */
  async check(now: number, busy: boolean): Promise<FolderState> {
    const found = await stat(this.folder).catch(() => undefined);
    if (!found) {
      this.#identity = '';
      return 'gone';
    }
    if (`${found.dev}/${found.ino}` !== this.#identity) {
      // It was away, or is another folder of the name: what was watched is gone with the first.
      this.#content.clear();
      await this.start();
      return 'there';
    }
    if (this.#watcher.takeEventCount() * (this.files.size + 1) > MOST_READS) this.#restUntil = now + REST_MS;
    const missed = await this.#compare(now);
    await this.#content.takeUnseen();
    if (missed) this.#misses++;
    else if (!this.isDoubtful) this.#misses = 0;
    if (!this.#polls && (missed === 'silent' || this.#misses >= MANY_MISSES)) this.#missesEvents = true;
    // While names are missed it is to be found out whether events come.
    const isBusy = busy && !this.isDoubtful;
    const polls = this.#options.poll || this.isShare || isBusy || now < this.#restUntil;
    if (missed || (await this.#content.recovers()) || polls !== this.#polls) {
      this.#polls = polls;
      await this.#watcher.begin(this.folder, polls);
    }
    return 'there';
  }

  /** @throws the error of the file system where the folder itself cannot be read */
  async #compare(now: number): Promise<Missed | undefined> {
    const { only, pollMs } = this.#options;
    const { folders, names } = this.#content;
    const searched = only === undefined ? [this.folder, ...folders] : [this.folder];
    const slackMs = BUSY * this.#watcher.beganMs + (this.#polls ? 4 * pollMs : 0);
    try {
      return await names.compare(searched, now, this.#watcher.eventAt, slackMs);
    } catch (error) {
      this.#identity = '';
      throw error;
    }
  }
}
