import type { Stats } from 'node:fs';
import { access, constants, lstat, realpath, stat } from 'node:fs/promises';
import { basename, extname, normalize, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { formatOf } from '../../formats/formats.ts';
import { lossName } from '../../formats/signals/loss-names.ts';
import { type EntryRules, fateOf, type SkipReason } from './folder-entry.ts';
import { FolderNames, type Missed } from './folder-names.ts';

/** Events of files times entries of the folder in a round: each event has chokidar read the whole folder again. */
const MOST_READS = 5000;
/** Events are done without for so long after there were too many. */
const REST_MS = 10_000;
/** What comes of a folder may be late by so many times as long as it takes to read all of it. */
const BUSY = 10;
/** Events do not serve where something was missed so often in a row. */
const MANY_MISSES = 3;
/** Entries without permission that are tried again in a round. */
const RETRIES = 16;
/** Entries that chokidar has not come across and that are taken in a round. */
const TAKEN_A_ROUND = 256;
/** Of a system that watches enough already. Whatever else goes wrong shows when names are compared. */
const REFUSALS = ['ENOSPC', 'EMFILE', 'ENFILE'];
/** Files that are opened or passed over are watched one by one only where there are no more than this. */
const FEW = 256;

export interface FinderOptions {
  /** Name of the single file to find, its companions included. */
  only?: string;
  /** Levels of folders below. */
  depth: number;
  followLinks: boolean;
  /** Events are never relied on. */
  poll: boolean;
  /** Without events, files are looked at this often. */
  pollMs: number;
  /** Whether a file is looked after elsewhere, and need not be watched. */
  isResting?: (path: string) => boolean;
}

/** What has become of the folder itself. */
export type FolderState = 'there' | 'gone';

/**
 * Finds files in a folder and the folders below it. chokidar does the finding: by change events, or by looking (`usePolling`) on network
 * shares and while a scan grows, whose every row would be an event that has the folder read again. Every round of `check` compares the
 * names in the folders with those that chokidar has come across, so that nothing stays unseen, and shows whether events arrive.
 */
export class FolderFinder {
  readonly folder: string;
  readonly #options: FinderOptions;
  readonly #files = new Set<string>();
  readonly #folders = new Set<string>();
  readonly #names = new FolderNames();
  readonly #skipped = new Map<string, SkipReason>();
  #realFolder = '';
  #identity = '';
  #watcher: FSWatcher | undefined;
  #polls: boolean;
  #events = 0;
  #eventAt = Number.NEGATIVE_INFINITY;
  #restUntil = 0;
  /** Times in a row that it had to begin anew. */
  #misses = 0;
  /** How long it took to find everything. */
  #beganMs = 0;
  #stirred = false;
  #wake: (() => void) | undefined;
  /** Counts changes of `files`. */
  version = 0;
  /** Events do not arrive, or the system refuses to watch. */
  isShare = false;

  constructor(folder: string, options: FinderOptions) {
    this.folder = folder;
    this.#options = options;
    this.#polls = options.poll;
  }

  /** It was started, and the folder has been there since. */
  get isRunning(): boolean {
    return this.#identity !== '';
  }

  /** Files that may be scans or belong to one, and folders that are one. */
  get files(): ReadonlySet<string> {
    return this.#files;
  }

  /** Entries that are passed over, and why; what nobody would expect to be opened is not among them. */
  get skipped(): ReadonlyMap<string, SkipReason> {
    return this.#skipped;
  }

  /** Resolves when all is found that is there now. */
  async start(): Promise<void> {
    const found = await stat(this.folder);
    await access(this.folder, constants.R_OK | constants.X_OK);
    this.#realFolder = await realpath(this.folder);
    await this.#begin();
    this.#identity = `${found.dev}/${found.ino}`;
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
    this.#watcher = undefined;
  }

  /** Something lies in the folder that was not found yet: `check` is due soon. */
  get isDoubtful(): boolean {
    return this.#names.isDoubtful;
  }

  /** Forgets a file that is no longer there. */
  drop(path: string): void {
    if (this.#files.delete(path)) this.version++;
    this.#names.drop(path);
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
      this.#forget();
      await this.start();
      return 'there';
    }
    if (this.#events * (this.#files.size + 1) > MOST_READS) this.#restUntil = now + REST_MS;
    this.#events = 0;
    const missed = await this.#compare(now);
    await this.#takeUnseen();
    if (missed) this.#misses++;
    else if (!this.#names.isDoubtful) this.#misses = 0;
    if (!this.#polls && (missed === 'silent' || this.#misses >= MANY_MISSES)) this.isShare = true;
    // While names are missed it is to be found out whether events come.
    const isBusy = busy && !this.#names.isDoubtful;
    const polls = this.#options.poll || this.isShare || isBusy || now < this.#restUntil;
    if (missed || (await this.#recovers()) || polls !== this.#polls) {
      this.#polls = polls;
      await this.#begin();
    }
    return 'there';
  }

  /** Resolves after `ms`, on abort, or when a file came, changed or went, also since the last call; then with true. */
  wait(ms: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        const stirred = this.#stirred;
        this.#stirred = false;
        resolve(stirred);
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      this.#wake = done;
      if (this.#stirred || signal.aborted) done();
    });
  }

  async #begin(): Promise<void> {
    const from = performance.now();
    await this.close();
    const { depth, only, followLinks, pollMs } = this.#options;
    const watcher = watch(this.folder, {
      depth: only === undefined ? depth : 0,
      followSymlinks: followLinks,
      usePolling: this.#polls,
      interval: pollMs,
      binaryInterval: pollMs,
      ignorePermissionErrors: true,
      atomic: false,
      ignored: (path, stats) => !this.#takes(normalize(path), stats),
    });
    this.#watcher = watcher;
    const stir = () => {
      this.#stirred = true;
      this.#wake?.();
    };
    watcher.on('raw', () => {
      this.#events++;
      this.#eventAt = performance.now();
    });
    watcher.on('all', (event, found) => {
      const path = normalize(found);
      if (event === 'add' || event === 'change' || (event === 'addDir' && this.#isStore(path))) {
        if (!this.#files.has(path)) this.version++;
        else if (event !== 'change') return;
        this.#files.add(path);
      } else if (event === 'addDir') {
        if (this.#levelOf(path) <= depth) this.#folders.add(path);
        return;
      } else if (event === 'unlink' || event === 'unlinkDir') {
        this.#folders.delete(path);
        this.#skipped.delete(path);
        this.drop(path);
      }
      stir();
    });
    watcher.on('error', (error) => {
      if (!this.#polls && REFUSALS.includes((error as NodeJS.ErrnoException).code ?? '')) this.isShare = true;
    });
    await new Promise<void>((resolve) => {
      watcher.once('ready', () => resolve());
    });
    // What comes between reading a folder and watching it has no event, and says nothing of those to come.
    this.#eventAt = performance.now();
    this.#beganMs = this.#eventAt - from;
  }

  #forget(): void {
    for (const known of [this.#files, this.#folders, this.#names, this.#skipped]) known.clear();
    this.version++;
  }

  /** Whether chokidar is to watch an entry; notes that it has come across it. */
  #takes(path: string, stats: Stats | undefined): boolean {
    if (path === this.folder) return true;
    const name = basename(path);
    this.#names.see(path);
    const { only } = this.#options;
    if (only !== undefined) return isOf(name, only);
    if (this.#files.size > FEW && this.#files.has(path) && this.#options.isResting?.(path)) return false;
    const fate = fateOf(path, stats, this.#rules);
    if (!stats) return fate !== 'ignore';
    if (typeof fate === 'object') this.#skipped.set(path, fate.skip);
    else this.#skipped.delete(path);
    return fate === 'take';
  }

  /** @throws the error of the file system where the folder itself cannot be read */
  async #compare(now: number): Promise<Missed | undefined> {
    const folders = this.#options.only === undefined ? [this.folder, ...this.#folders] : [this.folder];
    try {
      return await this.#names.compare(
        folders,
        now,
        this.#eventAt,
        BUSY * this.#beganMs + (this.#polls ? 4 * this.#options.pollMs : 0),
      );
    } catch (error) {
      this.#identity = '';
      throw error;
    }
  }

  /** What lies in the folder is opened at once, whether or not chokidar comes across it; links are left to that. */
  async #takeUnseen(): Promise<void> {
    let left = TAKEN_A_ROUND;
    for (const path of this.#names.unseen()) {
      if (this.#files.has(path) || this.#folders.has(path) || this.#skipped.has(path)) continue;
      if (left-- === 0) return;
      const stats = await lstat(path).catch(() => undefined);
      if (!stats || stats.isSymbolicLink() || !this.#isWanted(path, stats)) continue;
      if (stats.isDirectory() && !this.#isStore(path)) {
        if (this.#levelOf(path) <= this.#options.depth) this.#folders.add(path);
      } else {
        this.#files.add(path);
        this.version++;
      }
    }
  }

  #isWanted(path: string, stats: Stats): boolean {
    const { only } = this.#options;
    return only === undefined ? fateOf(path, stats, this.#rules) === 'take' : isOf(basename(path), only);
  }

  get #rules(): EntryRules {
    const { depth, followLinks } = this.#options;
    return { folder: this.folder, realFolder: this.#realFolder, depth, followLinks };
  }

  #isStore(path: string): boolean {
    return path !== this.folder && formatOf(path)?.isFolder === true;
  }

  #levelOf(path: string): number {
    return path === this.folder ? 0 : relative(this.folder, path).split(sep).length;
  }

  /** Whether something can be read that could not. */
  async #recovers(): Promise<boolean> {
    const denied = [...this.#skipped].filter(([, reason]) => reason === 'no permission').slice(0, RETRIES);
    for (const [path] of denied) {
      const stats = await lstat(path).catch(() => undefined);
      if (stats && fateOf(path, stats, this.#rules) !== 'ignore' && this.#takes(path, stats)) return true;
    }
    return false;
  }
}

/** Whether a file is the single one that is watched, or may belong to it. */
const isOf = (name: string, only: string): boolean =>
  name === only || (isCompanion(name, only) && formatOf(name) !== undefined);

/** Whether a file may belong to the scan in another: `scan.haadf.rpl`, or its low loss, whatever it is called before that word. */
const isCompanion = (name: string, of: string): boolean =>
  name.startsWith(of.slice(0, of.lastIndexOf('.') + 1)) ||
  lossName(name.slice(0, name.length - extname(name).length))?.kind === 'low';
