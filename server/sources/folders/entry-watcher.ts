import type { Stats } from 'node:fs';
import { normalize } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';

/** Of a system that watches enough already. Whatever else goes wrong shows when names are compared. */
const REFUSALS = ['ENOSPC', 'EMFILE', 'ENFILE'];

export type EntryEvent = 'add' | 'addDir' | 'change' | 'unlink' | 'unlinkDir';

export interface EntryWatcherOptions {
  /** Levels of folders below. */
  depth: number;
  followLinks: boolean;
  /** Without events, files are compared this often. */
  pollMs: number;
  /** Whether an entry is watched; called with stats once they are known. */
  takes: (path: string, stats: Stats | undefined) => boolean;
  happened: (event: EntryEvent, path: string) => void;
}

/** chokidar on one folder, which may begin anew with change events or without. Times are monotonic ms. */
export class EntryWatcher {
  readonly #options: EntryWatcherOptions;
  #watcher: FSWatcher | undefined;
  #polls = false;
  #events = 0;
  #eventAt = Number.NEGATIVE_INFINITY;
  #beganMs = 0;
  #isRefused = false;

  constructor(options: EntryWatcherOptions) {
    this.#options = options;
  }

  /** When the last change event came, or watching began. */
  get eventAt(): number {
    return this.#eventAt;
  }

  /** How long it took to find all that was there. */
  get beganMs(): number {
    return this.#beganMs;
  }

  /** The system gives no change events. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** @returns how many change events have come since the last call */
  takeEventCount(): number {
    const events = this.#events;
    this.#events = 0;
    return events;
  }

  /**
   * Resolves when all is found that is there now.
   * @param polls do without change events
   */
  async begin(folder: string, polls: boolean): Promise<void> {
    const from = performance.now();
    await this.close();
    const { depth, followLinks, pollMs, takes, happened } = this.#options;
    this.#polls = polls;
    const watcher = watch(folder, {
      depth,
      followSymlinks: followLinks,
      usePolling: polls,
      interval: pollMs,
      binaryInterval: pollMs,
      ignorePermissionErrors: true,
      atomic: false,
      ignored: (path, stats) => !takes(normalize(path), stats),
    });
    this.#watcher = watcher;
    watcher.on('raw', () => {
      this.#events++;
      this.#eventAt = performance.now();
    });
    watcher.on('all', (event, path) => happened(event as EntryEvent, normalize(path)));
    watcher.on('error', (error) => {
      if (!this.#polls && REFUSALS.includes((error as NodeJS.ErrnoException).code ?? ''))
        this.#isRefused = true;
    });
    await new Promise<void>((resolve) => {
      watcher.once('ready', () => resolve());
    });
    // What comes between reading a folder and watching it has no event, and says nothing of those to come.
    this.#eventAt = performance.now();
    this.#beganMs = this.#eventAt - from;
  }

  async close(): Promise<void> {
    await this.#watcher?.close();
    this.#watcher = undefined;
  }
}
