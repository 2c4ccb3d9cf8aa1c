import { basename, extname } from 'node:path';
import { identityText } from '../../formats/files/file-stamp.ts';
import { lossName } from '../../formats/signals/loss-names.ts';
import { zspyWrittenAt } from '../../formats/zipped/zspy.ts';
import { folderStamps, isStoreFolder, lowLossOf, stampsOf, textOf, writtenMs } from './candidate-stamps.ts';
import type { FolderFinder } from './folder-finder.ts';
import { FoundScans } from './found-scans.ts';

/** Of the files that do not wait, so many are compared in a round. */
const CHECKED_A_ROUND = 256;
/** Of more than so many that wait the newest one is opened, and the others are passed over. */
export const IN_TURN = 8;

/** A file that may be a scan. */
export interface Candidate {
  readonly path: string;
  /** A folder whose files are one scan. */
  readonly isFolder: boolean;
  /** Greater for what came, or changed, later; of those there at the start, for the older. */
  order: number;
  /**
   * `new`: never opened; `changed`: opened or passed over before, and other since; `taken`: opened as it is;
   * `passed`: left for another, which was opened; `refused`: it could not be opened as it is.
   */
  state: 'new' | 'changed' | 'taken' | 'passed' | 'refused';
  /** Stamps of the file and of what belongs to it, as text. */
  signature: string;
  /** Which file it is, whatever its name. */
  identity: string;
  /** When its content, or its permissions, changed last. */
  touched: string;
  /** When it was last written, ms since 1970. */
  writtenMs: number;
  /** Monotonic ms at which the signature was found to be another. */
  changedAt: number;
  /** The file of its low loss, where that was saved apart, and its stamps as text. */
  lowLoss: { path: string; signature: string } | undefined;
  /** Called a low loss, and the core loss is not there: monotonic ms since when; it may come yet. */
  aloneSince: number | undefined;
  /** Put behind the others that were there from the start. */
  deferred?: true;
  /** There from the start. */
  readonly initial: boolean;
  /** There from the start, and then not written for a while. */
  old: boolean;
  /** The state in which opening was last tried. */
  tried: string | undefined;
}

/** What a refresh found. */
export interface Refreshed {
  /** Paths that were not there at the last refresh; none at the first one. */
  arrived: string[];
  gone: Candidate[];
}

/** The files of a folder (or the single one named) that may be scans, with what is known of them. */
export class Candidates {
  readonly #finder: FolderFinder;
  readonly #only: string | undefined;
  readonly #oldMs: number;
  readonly #known = new Map<string, Candidate>();
  #order = 0;
  #checked = 0;
  #started = false;
  readonly #scans: FoundScans;

  /** @param oldMs a file that is there from the start is finished when it was last written that long ago */
  constructor(finder: FolderFinder, only: string | undefined, oldMs: number) {
    this.#finder = finder;
    this.#only = only;
    this.#oldMs = oldMs;
    this.#scans = new FoundScans(finder, only);
  }

  /**
   * Compares what the finder has found with what is known, at `now` (monotonic ms). The low loss of a core loss that is there is no scan of its own.
   * @param shown the scan that is shown; that the samples of a growing one change is no news: they are followed elsewhere
   */
  async refresh(now: number, shown?: { candidate: Candidate; grows: boolean }): Promise<Refreshed> {
    const { paths: present, pairs } = await this.#scans.now();
    const gone: Candidate[] = [];
    const vanished = (candidate: Candidate) => {
      this.#known.delete(candidate.path);
      gone.push(candidate);
    };
    for (const candidate of this.#known.values()) if (!present.has(candidate.path)) vanished(candidate);

    const arrived: Candidate[] = [];
    for (const path of this.#due(present)) {
      const isFolder = await isStoreFolder(path);
      const stamps = isFolder ? await folderStamps(path) : await stampsOf(path);
      const known = this.#known.get(path);
      const [first] = stamps;
      if (!first) {
        if (!isFolder) this.#finder.drop(path);
        if (known) vanished(known);
        continue;
      }
      const signature = stamps.map(textOf).join(' ');
      const touched = stamps.map((stamp) => stamp?.ctimeNs).join(' ');
      const lowLoss = await lowLossOf(pairs.get(path));
      if (known) {
        const isTriedAnew = known.state === 'refused' && touched !== known.touched;
        const news = newsOf(known, signature, lowLoss, shown) || isTriedAnew;
        known.signature = signature;
        known.touched = touched;
        known.lowLoss = lowLoss;
        if (!news) continue;
        known.changedAt = now;
        known.old = false;
        known.writtenMs = writtenMs(stamps);
        if (known.state === 'refused') {
          known.state = 'new';
          known.tried = undefined;
        } else if (known.state !== 'new') this.reopen(known, now);
      } else {
        const mtimeMs = Math.max(
          writtenMs(stamps),
          isFolder && !this.#started ? await zspyWrittenAt(path) : 0,
        );
        const old = !this.#started && Date.now() - mtimeMs >= this.#oldMs;
        const candidate: Candidate = {
          path,
          isFolder,
          order: 0,
          state: 'new',
          signature,
          touched,
          identity: identityText(first),
          writtenMs: mtimeMs,
          changedAt: old ? Number.NEGATIVE_INFINITY : now,
          lowLoss,
          aloneSince: this.#only === undefined && !old && isCalledLowLoss(path) ? now : undefined,
          initial: !this.#started,
          old,
          tried: undefined,
        };
        arrived.push(candidate);
      }
    }
    // At the start the newest is wanted, later what came first.
    arrived.sort((a, b) => (this.#started ? a.writtenMs - b.writtenMs : b.writtenMs - a.writtenMs));
    for (const candidate of arrived) {
      candidate.order = ++this.#order;
      this.#known.set(candidate.path, candidate);
    }
    const first = !this.#started;
    this.#started = true;
    return { arrived: first ? [] : arrived.map(({ path }) => path), gone };
  }

  /** Whether a file is neither waited for nor shown, so that nobody needs to know at once when it changes. */
  isResting(path: string): boolean {
    const state = this.#known.get(path)?.state;
    return state === 'passed' || state === 'refused' || state === 'taken';
  }

  /**
   * Those to be opened, in their order: as they came, or the newest first where they are many.
   */
  waiting(): Candidate[] {
    const waiting = [...this.#known.values()].filter(({ state }) => state === 'new' || state === 'changed');
    const late = waiting.filter(({ state, initial }) => state === 'new' && !initial);
    if (late.length <= IN_TURN) return waiting.sort((a, b) => a.order - b.order);
    const newestFirst = (a: Candidate, b: Candidate) => b.writtenMs - a.writtenMs || b.order - a.order;
    return [...late.sort(newestFirst), ...waiting.filter((one) => !late.includes(one))];
  }

  /**
   * Notes that the file was opened. Passes over those that were there from the start and are older, and over those that
   * came with it, where they are many.
   * @returns the latter, or the former where they are many
   */
  async took(candidate: Candidate): Promise<Candidate[]> {
    const others = [...this.#known.values()].filter((other) => other !== candidate && other.state === 'new');
    const older = candidate.initial
      ? others.filter(({ initial, order }) => initial && order > candidate.order)
      : others.filter(({ initial, writtenMs }) => !initial && writtenMs <= candidate.writtenMs);
    const arePassed = candidate.initial || older.length >= IN_TURN;
    if (arePassed) for (const other of older) other.state = 'passed';
    candidate.state = 'taken';
    await this.accept(candidate);
    return older.length >= IN_TURN ? older : [];
  }

  /** Takes the file as it is now for known. */
  async accept(candidate: Candidate): Promise<void> {
    candidate.signature = (await stampsOf(candidate.path)).map(textOf).join(' ');
  }

  /** Puts a file that was there from the start behind the others, once. @returns whether there are any */
  defer(candidate: Candidate): boolean {
    const others = this.waiting().filter((other) => other !== candidate && other.deferred === undefined);
    if (!candidate.initial || candidate.state !== 'new' || candidate.deferred || others.length === 0)
      return false;
    candidate.order = ++this.#order;
    candidate.deferred = true;
    candidate.tried = undefined;
    return true;
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
      (state === undefined || state === 'new' || state === 'changed' ? due : rest).push(path);
    }
    for (let count = Math.min(CHECKED_A_ROUND, rest.length); count > 0; count--)
      due.push(rest[this.#checked++ % rest.length]);
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
