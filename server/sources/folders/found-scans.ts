import { basename, dirname, join } from 'node:path';
import { lossPairs } from '../../formats/signals/loss-names.ts';
import { ownFolder } from '../../sessions/own-folder.ts';
import { isScanName } from './folder-entry.ts';
import type { FolderFinder } from './folder-finder.ts';

interface Scans {
  paths: Set<string>;
  /** Path of the low loss by that of its core loss, where it is a file of its own. */
  pairs: Map<string, string>;
}

/** The scans among the files that a finder has found, their companions left out. Folders that eelwatch made hold none. */
export class FoundScans {
  readonly #finder: FolderFinder;
  readonly #only: string | undefined;
  #version = -1;
  #scans: Scans = { paths: new Set(), pairs: new Map() };
  /** Folders below that eelwatch made. */
  readonly #own = new Set<string>();

  /** @param only name of the single file to watch */
  constructor(finder: FolderFinder, only: string | undefined) {
    this.#finder = finder;
    this.#only = only;
  }

  /** Those that are there now. */
  async now(): Promise<Scans> {
    const { files, version, folder: top } = this.#finder;
    if (version === this.#version) return this.#scans;
    const byFolder = new Map<string, string[]>();
    for (const path of files) {
      if (!isScanName(basename(path))) continue;
      const folder = dirname(path);
      const names = byFolder.get(folder);
      if (names) names.push(basename(path));
      else byFolder.set(folder, [basename(path)]);
    }
    const paths = new Set<string>();
    const pairs = new Map<string, string>();
    for (const [folder, names] of byFolder) {
      if (folder !== top && (await this.#liesInOwn(folder))) continue;
      const found = lossPairs(names);
      const companions = new Set(this.#only === undefined ? found.values() : []);
      for (const name of names)
        if (this.#only === undefined ? !companions.has(name) : name === this.#only)
          paths.add(join(folder, name));
      for (const [core, low] of found) pairs.set(join(folder, core), join(folder, low));
    }
    this.#version = version;
    this.#scans = { paths, pairs };
    return this.#scans;
  }

  async #liesInOwn(folder: string): Promise<boolean> {
    if (folder === this.#finder.folder || dirname(folder) === folder) return false;
    if (this.#own.has(folder)) return true;
    const isOwn = (await ownFolder(folder)) !== undefined || (await this.#liesInOwn(dirname(folder)));
    // It may be about to become one.
    if (isOwn) this.#own.add(folder);
    return isOwn;
  }
}
