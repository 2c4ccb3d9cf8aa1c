import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { basename, extname, relative, sep } from 'node:path';
import { formatOf } from '../../formats/formats.ts';
import { lossName } from '../../formats/signals/loss-names.ts';
import type { EntryEvent } from './entry-watcher.ts';
import { type EntryRules, fateOf, type SkipReason } from './folder-entry.ts';
import { FolderNames } from './folder-names.ts';

/** Entries without permission that are tried again in a round. */
const RETRIES = 16;
/** Entries that chokidar has not come across and that are taken in a round. */
const TAKEN_A_ROUND = 256;
/** Files that are opened or passed over are watched one by one only where there are no more than this. */
const FEW = 256;

export interface ContentOptions {
  /** Name of the single file to find, its companions included. */
  only?: string;
  /** Levels of folders below. */
  depth: number;
  followLinks: boolean;
  /** Whether it does not matter when a file changes: it is neither waited for nor read. */
  isResting?: (path: string) => boolean;
}

/** What is known to lie in a watched folder: files, folders below it, and entries that are passed over. */
export class FolderContent {
  readonly folder: string;
  /** The same without links. */
  realFolder = '';
  /** Files that may be scans or belong to one, and folders that are one. */
  readonly files = new Set<string>();
  /** Folders below that are searched. */
  readonly folders = new Set<string>();
  /** Entries that are passed over, and why; what nobody would expect to be opened is not among them. */
  readonly skipped = new Map<string, SkipReason>();
  readonly names = new FolderNames();
  /** Counts changes of `files`. */
  version = 0;
  readonly #options: ContentOptions;

  constructor(folder: string, options: ContentOptions) {
    this.folder = folder;
    this.#options = options;
  }

  clear(): void {
    for (const known of [this.files, this.folders, this.names, this.skipped]) known.clear();
    this.version++;
  }

  /** Forgets a file that is no longer there. */
  drop(path: string): void {
    if (this.files.delete(path)) this.version++;
    this.names.drop(path);
  }

  /** Whether an entry is to be watched; notes that chokidar has come across it. */
  takes(path: string, stats: Stats | undefined): boolean {
    if (path === this.folder) return true;
    const name = basename(path);
    this.names.see(path);
    const { only } = this.#options;
    if (only !== undefined) return belongsTo(name, only);
    if (this.files.size > FEW && this.files.has(path) && this.#options.isResting?.(path)) return false;
    const fate = fateOf(path, stats, this.#rules);
    if (!stats) return fate !== 'ignore';
    if (typeof fate === 'object') this.skipped.set(path, fate.skip);
    else this.skipped.delete(path);
    return fate === 'take';
  }

  /** @returns whether what happened is news */
  happened(event: EntryEvent, path: string): boolean {
    if (event === 'unlink' || event === 'unlinkDir') {
      this.folders.delete(path);
      this.skipped.delete(path);
      this.drop(path);
      return true;
    }
    if (event === 'addDir' && !this.#isStore(path)) {
      this.#addFolder(path);
      return false;
    }
    return this.#addFile(path) || event === 'change';
  }

  /** Takes what lies in the folder and chokidar has not come across; links are left to that. */
  async takeUnseen(): Promise<void> {
    let left = TAKEN_A_ROUND;
    for (const path of this.names.unseen()) {
      if (this.files.has(path) || this.folders.has(path) || this.skipped.has(path)) continue;
      if (left-- === 0) return;
      const stats = await lstat(path).catch(() => undefined);
      if (!stats || stats.isSymbolicLink() || !this.#isWanted(path, stats)) continue;
      if (stats.isDirectory() && !this.#isStore(path)) this.#addFolder(path);
      else this.#addFile(path);
    }
  }

  /** Whether something can be read that could not. */
  async recovers(): Promise<boolean> {
    const denied = [...this.skipped].filter(([, reason]) => reason === 'no permission').slice(0, RETRIES);
    for (const [path] of denied) {
      const stats = await lstat(path).catch(() => undefined);
      if (stats && fateOf(path, stats, this.#rules) !== 'ignore' && this.takes(path, stats)) return true;
    }
    return false;
  }

  #addFolder(path: string): void {
    if (this.#levelOf(path) <= this.#options.depth) this.folders.add(path);
  }

  /** @returns whether it was not known */
  #addFile(path: string): boolean {
    if (this.files.has(path)) return false;
    this.files.add(path);
    this.version++;
    return true;
  }

  #isWanted(path: string, stats: Stats): boolean {
    const { only } = this.#options;
    return only === undefined ? fateOf(path, stats, this.#rules) === 'take' : belongsTo(basename(path), only);
  }

  get #rules(): EntryRules {
    const { depth, followLinks } = this.#options;
    return { folder: this.folder, realFolder: this.realFolder, depth, followLinks };
  }

  #isStore(path: string): boolean {
    return path !== this.folder && formatOf(path)?.isFolder === true;
  }

  #levelOf(path: string): number {
    return path === this.folder ? 0 : relative(this.folder, path).split(sep).length;
  }
}

/** Whether a file is the single one that is watched, or may belong to it. */
const belongsTo = (name: string, only: string): boolean =>
  name === only || (isCompanion(name, only) && formatOf(name) !== undefined);

/** Whether a file may belong to the scan in another: `scan.haadf.rpl`, or its low loss, whatever it is called before that word. */
const isCompanion = (name: string, of: string): boolean =>
  name.startsWith(of.slice(0, of.lastIndexOf('.') + 1)) ||
  lossName(name.slice(0, name.length - extname(name).length))?.kind === 'low';
