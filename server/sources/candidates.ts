import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { formatOf } from '../formats/formats.ts';
import { lossName, lossPairs } from '../formats/loss-names.ts';
import { ripple } from '../formats/ripple.ts';
import { rippleRawPath } from '../formats/ripple-writer.ts';
import { zspy, zspyHeaders, zspyWrittenAt } from '../formats/zspy.ts';
import { type FileStamp, stampOf } from './file-stamp.ts';

/** Files that lie about unchanged are looked at again so many at a time. */
const LOOKS = 256;

/** A file that may be a scan. */
export interface Candidate {
  readonly path: string;
  /** A folder whose files are one scan. */
  readonly isFolder: boolean;
  /** Greater for what came, or changed, later; of those there at the start, for the older. */
  order: number;
  /**
   * `new`: never opened; `changed`: opened or passed over before, and other since; `taken`: opened as it is;
   * `passed`: there from the start and older than the one opened.
   */
  state: 'new' | 'changed' | 'taken' | 'passed';
  /** Stamps of the file and of what belongs to it, as text. */
  signature: string;
  /** Monotonic ms at which the signature was found to be another. */
  changedAt: number;
  /** The file of its low loss, where that was saved apart, and its stamps as text. */
  lowLoss: { path: string; signature: string } | undefined;
  /** Called a low loss, and the core loss is not there: monotonic ms since when; it may come yet. */
  aloneSince: number | undefined;
  /** There from the start. */
  readonly initial: boolean;
  /** There from the start, and then not written for a while. */
  old: boolean;
  /** The state in which opening was last tried. */
  tried: string | undefined;
}

/** What a refresh found. */
export interface Refreshed {
  /** All of the folder. */
  names: string[];
  /** Paths that were not there at the last refresh; none at the first one. */
  arrived: string[];
  gone: Candidate[];
}

/** A scan's file, and not the companion of another. */
export const isScanName = (name: string): boolean =>
  formatOf(name) !== undefined && !/\.low-loss\.rpl$/i.test(name);

/** The files of a folder (or the single one named) that may be scans, with what is known of them. */
export class Candidates {
  readonly #folder: string;
  readonly #only: string | undefined;
  readonly #oldMs: number;
  readonly #known = new Map<string, Candidate>();
  #order = 0;
  #looked = 0;
  #started = false;

  /** @param oldMs a file that is there from the start is finished when it was last written that long ago */
  constructor(folder: string, only: string | undefined, oldMs: number) {
    this.#folder = folder;
    this.#only = only;
    this.#oldMs = oldMs;
  }

  /**
   * Lists the folder at `now` (monotonic ms). The low loss of a core loss that is there is no scan of its own.
   * @param shown the scan that is shown; that the samples of a growing one change is no news: they are followed elsewhere
   */
  async refresh(now: number, shown?: { candidate: Candidate; grows: boolean }): Promise<Refreshed> {
    const names = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const pairs = lossPairs(names.filter(isScanName));
    const companions = new Set(pairs.values());
    const scans = names.filter(
      (name) => isScanName(name) && (this.#only === undefined ? !companions.has(name) : name === this.#only),
    );
    const present = new Set(scans.map((name) => join(this.#folder, name)));
    const gone: Candidate[] = [];
    const vanished = (candidate: Candidate) => {
      this.#known.delete(candidate.path);
      gone.push(candidate);
    };
    for (const candidate of this.#known.values()) if (!present.has(candidate.path)) vanished(candidate);

    const arrived: { candidate: Candidate; mtimeMs: number }[] = [];
    for (const path of this.#due(present)) {
      const isFolder = await isStoreFolder(path);
      const stamps = isFolder ? await folderStamps(path) : await stampsOf(path);
      const known = this.#known.get(path);
      if (!stamps[0]) {
        if (known) vanished(known);
        continue;
      }
      const signature = stamps.map(textOf).join(' ');
      const lowLoss = await this.#lowLossOf(pairs.get(basename(path)));
      if (known) {
        const news = newsOf(known, signature, lowLoss, shown);
        known.signature = signature;
        known.lowLoss = lowLoss;
        if (!news) continue;
        known.changedAt = now;
        known.old = false;
        if (known.state !== 'new') this.reopen(known, now);
      } else {
        const mtimeMs = Math.max(
          ...stamps.map((stamp) => Number(stamp?.mtimeNs ?? 0n) / 1e6),
          isFolder && !this.#started ? await zspyWrittenAt(path) : 0,
        );
        const old = !this.#started && Date.now() - mtimeMs >= this.#oldMs;
        const candidate: Candidate = {
          path,
          isFolder,
          order: 0,
          state: 'new',
          signature,
          changedAt: old ? Number.NEGATIVE_INFINITY : now,
          lowLoss,
          aloneSince: this.#only === undefined && !old && isCalledLowLoss(path) ? now : undefined,
          initial: !this.#started,
          old,
          tried: undefined,
        };
        arrived.push({ candidate, mtimeMs });
      }
    }
    // At the start the newest is wanted, later what came first.
    arrived.sort((a, b) => (this.#started ? a.mtimeMs - b.mtimeMs : b.mtimeMs - a.mtimeMs));
    for (const { candidate } of arrived) {
      candidate.order = ++this.#order;
      this.#known.set(candidate.path, candidate);
    }
    const first = !this.#started;
    this.#started = true;
    return { names, arrived: first ? [] : arrived.map(({ candidate }) => candidate.path), gone };
  }

  async #lowLossOf(name: string | undefined): Promise<Candidate['lowLoss']> {
    if (name === undefined) return undefined;
    const path = join(this.#folder, name);
    return { path, signature: (await stampsOf(path)).map(textOf).join(' ') };
  }

  /** Those to be opened, in their order. */
  waiting(): Candidate[] {
    return [...this.#known.values()]
      .filter(({ state }) => state === 'new' || state === 'changed')
      .sort((a, b) => a.order - b.order);
  }

  /** Notes that the file was opened, and passes over those that are older and were there from the start. */
  async took(candidate: Candidate): Promise<void> {
    for (const other of this.#known.values())
      if (candidate.initial && other.initial && other.state === 'new' && other.order > candidate.order)
        other.state = 'passed';
    candidate.state = 'taken';
    await this.accept(candidate);
  }

  /** Takes the file as it is now for known. */
  async accept(candidate: Candidate): Promise<void> {
    candidate.signature = (await stampsOf(candidate.path)).map(textOf).join(' ');
  }

  /** Has the file opened again, since it is another since `now`. */
  reopen(candidate: Candidate, now: number): void {
    candidate.state = 'changed';
    candidate.changedAt = now;
    candidate.old = false;
    candidate.tried = undefined;
    candidate.order = ++this.#order;
  }

  /** All that are waiting or new, and some of the rest in turn. */
  #due(present: Set<string>): string[] {
    const due: string[] = [];
    const rest: string[] = [];
    for (const path of present) {
      const state = this.#known.get(path)?.state;
      (state === 'taken' || state === 'passed' ? rest : due).push(path);
    }
    for (let count = Math.min(LOOKS, rest.length); count > 0; count--)
      due.push(rest[this.#looked++ % rest.length]);
    return due;
  }
}

const isCalledLowLoss = (path: string): boolean => lossName(basename(path, extname(path)))?.kind === 'low';

/** Whether the files of a scan are others than they were, and so that it is to be opened again. */
function newsOf(
  known: Candidate,
  signature: string,
  lowLoss: Candidate['lowLoss'],
  shown: { candidate: Candidate; grows: boolean } | undefined,
): boolean {
  const isShown = known === shown?.candidate;
  if (isShown && shown.grows) return lowLoss?.path !== known.lowLoss?.path;
  if (signature !== known.signature) return true;
  // An earlier scan does not come back for its low loss.
  const isOver = known.state === 'taken' || known.state === 'passed';
  return lowLoss?.signature !== known.lowLoss?.signature && (isShown || !isOver);
}

/** A folder that is one scan; what lies in it is none of its own. */
const isStoreFolder = async (path: string): Promise<boolean> =>
  formatOf(path) === zspy && (await stat(path).catch(() => undefined))?.isDirectory() === true;

/** Stamps of the files that say what a folder's scan is; none before the first of them is there. */
async function folderStamps(path: string): Promise<(FileStamp | undefined)[]> {
  const stamps = await Promise.all((await zspyHeaders(path)).map(stampOf));
  return stamps.some((stamp) => stamp) ? stamps.filter((stamp) => stamp !== undefined) : [undefined];
}

/** Stamps of a file and of the samples that belong to it. */
async function stampsOf(path: string): Promise<(FileStamp | undefined)[]> {
  if (await isStoreFolder(path)) return folderStamps(path);
  if (formatOf(path) !== ripple) return [await stampOf(path)];
  const stem = join(dirname(path), basename(path, extname(path)));
  return [await stampOf(path), await stampOf(rippleRawPath(stem))];
}

const textOf = (stamp: FileStamp | undefined): string =>
  stamp ? `${stamp.dev}/${stamp.ino}/${stamp.size}/${stamp.mtimeNs}` : '-';
