import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Folders that are compared in one round. */
const FOLDERS_A_ROUND = 64;
/** A name that lies there for so long unseen is missed: where no event has come for a while, and where some have. */
const MISSED_MS = { silent: 250, late: 1000 };
/** Events that came so long before an unseen name was found may have been those of it. */
const EVENT_MS = 1500;

/** `silent`: no event has come of what lies in a folder. `late`: some have, or the folder is another one. */
export type Missed = 'silent' | 'late';

/** Compares the names that lie in folders with those that a watcher has come across. */
export class FolderNames {
  readonly #seen = new Map<string, Set<string>>();
  /** Names that were not, by folder, with when they were found there. */
  readonly #unseen = new Map<string, Map<string, number>>();
  readonly #identities = new Map<string, string>();
  #round = 0;

  /** Something lies in a folder that was not seen yet. */
  get isDoubtful(): boolean {
    return this.#unseen.size > 0;
  }

  /** Paths that were found and not seen. */
  *unseen(): Generator<string> {
    for (const [folder, names] of this.#unseen) for (const name of names.keys()) yield join(folder, name);
  }

  see(path: string): void {
    const folder = dirname(path);
    const names = this.#seen.get(folder);
    if (names) names.add(basename(path));
    else this.#seen.set(folder, new Set([basename(path)]));
  }

  drop(path: string): void {
    this.#seen.get(dirname(path))?.delete(basename(path));
    for (const known of [this.#seen, this.#unseen, this.#identities]) known.delete(path);
  }

  clear(): void {
    for (const known of [this.#seen, this.#unseen, this.#identities]) known.clear();
  }

  /**
   * Compares some of the folders in turn at `now` (monotonic ms).
   * @param folders the first one must be readable
   * @param eventAt when the last event has come, or watching has begun
   * @param slackMs how much later than what happens in the folder the watcher may be
   */
  async compare(
    folders: readonly string[],
    now: number,
    eventAt: number,
    slackMs: number,
  ): Promise<Missed | undefined> {
    let missed: Missed | undefined;
    for (let count = Math.min(FOLDERS_A_ROUND, folders.length); count > 0; count--) {
      const folder = folders[this.#round++ % folders.length];
      if (await this.#isAnother(folder)) missed ??= 'late';
      for (const since of await this.#unseenIn(folder, folder === folders[0], now)) {
        const silent = eventAt < since - EVENT_MS;
        if (silent && now - since >= MISSED_MS.silent + slackMs) missed = 'silent';
        else if (now - since >= MISSED_MS.late + slackMs) missed ??= 'late';
      }
    }
    return missed;
  }

  /** Since when each name has been there unseen. */
  async #unseenIn(folder: string, isFirst: boolean, now: number): Promise<Iterable<number>> {
    const names = await readdir(folder).catch((error) => {
      if (isFirst) throw error;
      return [] as string[];
    });
    const seen = this.#seen.get(folder);
    const before = this.#unseen.get(folder);
    const unseen = new Map<string, number>();
    for (const name of names) if (!seen?.has(name)) unseen.set(name, before?.get(name) ?? now);
    if (unseen.size > 0) this.#unseen.set(folder, unseen);
    else this.#unseen.delete(folder);
    if (seen && seen.size > names.length)
      this.#seen.set(folder, new Set(names.filter((name) => seen.has(name))));
    return unseen.values();
  }

  /** Removed and made anew: whoever watches the first one sees nothing of the second. */
  async #isAnother(folder: string): Promise<boolean> {
    const found = await stat(folder).catch(() => undefined);
    if (!found) return false;
    const identity = `${found.dev}/${found.ino}`;
    const before = this.#identities.get(folder);
    this.#identities.set(folder, identity);
    return before !== undefined && before !== identity;
  }
}
