import { basename, extname } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import type { OpenOptions, ScanFile } from '../formats/format.ts';
import { openScanFile } from '../formats/formats.ts';
import { type Candidate, Candidates } from './candidates.ts';
import { ChangeHints, concerns } from './change-hints.ts';
import { sameStamp, stampOf } from './file-stamp.ts';
import { followScan } from './follow-scan.ts';
import { readBytes } from './read-bytes.ts';
import { ShownAlerts } from './shown-alerts.ts';
import { HEADER_BYTES, isAsShown, isUnderWay, lowLossStamp, type ShownScan } from './shown-scan.ts';
import type { SourceEvent } from './source.ts';
import { UnpackedScans } from './unpacked-scans.ts';
import { WATCH_TIMES, type WatchTimes } from './watch-times.ts';

/** A file that grew within this time is growing. */
const GROWING_MS = 1000;
/** Unpacking goes on for so long before the folder is looked at again. */
const UNPACK_MS = 500;
/** Written at least this long before the start: nobody writes it any more. */
const OLD_MS = 10_000;

export interface DirectoryOptions extends OpenOptions {
  poll?: boolean;
  times?: Partial<WatchTimes>;
}

/** One run of watching: a loop that compares what is there with what was reported. Events only make it sooner. */
export class DirectoryWatch {
  readonly #folder: string;
  readonly #options: DirectoryOptions;
  readonly #times: WatchTimes;
  readonly #candidates: Candidates;
  /** How often a scan of that name was opened: each opening has an id of its own. */
  readonly #openings = new Map<string, number>();
  readonly #alerts = new ShownAlerts();
  readonly #unpacked = new UnpackedScans();
  #hints: ChangeHints;
  #active: ShownScan | undefined;
  #polling: boolean;
  #listedAt = Number.NEGATIVE_INFINITY;
  #listNow = true;
  #lookedAt = 0;

  /** @param only name of the single file to watch */
  constructor(folder: string, only: string | undefined, options: DirectoryOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#times = { ...WATCH_TIMES, ...options.times };
    this.#candidates = new Candidates(folder, only, OLD_MS);
    this.#polling = options.poll ?? false;
    this.#hints = new ChangeHints(folder, this.#polling ? undefined : concerns(only), 2 * this.#times.pollMs);
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    try {
      while (!signal.aborted) {
        try {
          yield* this.#reconcile();
          yield* this.#alerts.clear('access');
        } catch (error) {
          const { syscall, message } = error as NodeJS.ErrnoException;
          if (typeof syscall !== 'string') throw error;
          yield* this.#alerts.raise(
            'access',
            'error',
            `${this.#folder}: access: expected to be readable, found ${message}`,
          );
        }
        const hinted = await this.#hints.wait(this.#pause(), signal);
        // Of the scan in progress listing tells nothing, and it waits for its turn when events come thick and fast.
        const isNews = [...hinted].some((name) => name !== basename(this.#active?.samplesPath ?? ''));
        if (isNews && performance.now() - this.#listedAt >= this.#times.pollMs) this.#listNow = true;
      }
    } finally {
      this.#hints.close();
    }
  }

  /** Events of a file that grows all the time are joined by whoever delivers them: rows would wait for each other. */
  #pause(): number {
    const { pollMs, growthMs } = this.#times;
    if (this.#active?.follower.behind) return 0;
    const growing = this.#active && performance.now() - this.#active.grewAt < GROWING_MS;
    return growing && !this.#polling ? Math.min(growthMs, pollMs) : pollMs;
  }

  async *#reconcile(): AsyncGenerator<SourceEvent> {
    const now = performance.now();
    if (this.#listNow || now - this.#listedAt >= this.#times.listMs) yield* this.#list(now);
    if (this.#active) yield* this.#follow(this.#active, now);
    for (const candidate of this.#candidates.waiting())
      if (yield* this.#open(candidate, performance.now())) break;
    if (!this.#polling && this.#hints.missing(now)) {
      this.#polling = true;
      this.#hints.close();
      yield* this.#alerts.raise(
        'polling',
        'info',
        `${this.#folder}: changes arrive without events, as on network shares: looking every ${this.#times.pollMs} ms`,
      );
    }
    this.#lookedAt = now;
  }

  async *#list(now: number): AsyncGenerator<SourceEvent> {
    const active = this.#active;
    const { names, arrived, gone } = await this.#candidates.refresh(now, active);
    for (const path of arrived) this.#hints.found(path, this.#listedAt, now);
    this.#listedAt = now;
    this.#listNow = false;
    for (const { path } of gone) {
      yield* this.#alerts.clear(`open:${path}`);
      yield* this.#alerts.clear(`waiting:${path}`);
    }
    for (const path of arrived) yield* this.#alerts.clear(`gone:${path}`);
    if (active?.grows) yield* this.#adopt(active, names);
  }

  /** Scalar channels may come while the scan runs. A low loss may not: spectra would be measured with and without. */
  async *#adopt(active: ShownScan, names: string[]): AsyncGenerator<SourceEvent> {
    const { path } = active.candidate;
    const prefix = `${basename(path, extname(path))}.`;
    const companions = names
      .filter((name) => name.startsWith(prefix))
      .sort()
      .join('/');
    if (companions === active.companions) return;
    active.companions = companions;
    try {
      const file = await openScanFile(path, this.#options);
      active.follower.addScalars(file);
      if (file.lowLoss && !file.lowLossFile && !active.hasLowLoss)
        yield* this.#alerts.raise(
          `companion:${file.lowLoss.paths[0]}`,
          'warning',
          `${file.lowLoss.paths[0]}: low loss: expected before the scan begins, found later and left out`,
        );
    } catch (error) {
      // The scan itself is being written anew: following it shows that.
      if (!(error instanceof InputError)) throw error;
    }
  }

  async *#follow(active: ShownScan, now: number): AsyncGenerator<SourceEvent> {
    const { candidate, follower } = active;
    const samples = await stampOf(active.samplesPath);
    if (samples && samples.size !== active.samplesBytes) {
      this.#hints.found(active.samplesPath, this.#lookedAt, now);
      active.samplesBytes = samples.size;
      active.grewAt = now;
    }
    const outcome = yield* follower.look(now);
    if (outcome === 'rewritten') {
      yield* follower.abort();
      this.#active = undefined;
      this.#candidates.reopen(candidate, now);
      return;
    }
    const headerStamp = await stampOf(active.headerPath);
    if (outcome === 'absent' || !headerStamp) return yield* this.#absent(active, now);
    active.absentSince = undefined;
    if (!active.grows || sameStamp(headerStamp, active.headerStamp)) return;
    active.headerStamp = headerStamp;
    const header = await readBytes(active.headerPath, 0, HEADER_BYTES);
    if (candidate.state === 'taken' && !header.equals(active.header)) this.#candidates.reopen(candidate, now);
  }

  /** Files are away for a moment while another is renamed over them. */
  async *#absent(active: ShownScan, now: number): AsyncGenerator<SourceEvent> {
    active.absentSince ??= now;
    if (now - active.absentSince < this.#times.settleMs) return;
    const { path } = active.candidate;
    this.#active = undefined;
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
    const attempt = `${candidate.signature} ${candidate.lowLoss?.signature} ${settled}`;
    if (candidate.tried === attempt) return false;
    if (now - (candidate.aloneSince ?? Number.NEGATIVE_INFINITY) < this.#times.partnerMs) return false;
    const isText = path.toLowerCase().endsWith('.rpl');
    const grows = isText || candidate.isFolder;
    if (!isText && !settled) return false;
    // A scan in progress gives way to a new one that grows, not to a file put beside it, nor to an older scan.
    const isOther = this.#active !== undefined && this.#active.candidate !== candidate;
    if (isOther && this.#active?.follower.live && (!grows || candidate.state === 'changed')) {
      yield* this.#alerts.raise(
        `waiting:${path}`,
        'info',
        `${path}: waits until the scan in progress is over`,
      );
      return false;
    }
    candidate.tried = attempt;
    let file: ScanFile;
    try {
      file = await openScanFile(path, this.#options);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const isScalar = isText && error.field === 'depth' && /\.[^.]+\.rpl$/i.test(basename(path));
      if (settled && !isScalar) yield* this.#alerts.raise(`open:${path}`, 'error', error.message);
      return false;
    }
    if (!settled && !(await isUnderWay(file))) {
      candidate.tried = undefined;
      return false;
    }
    const header = await readBytes(file.header ?? path, 0, HEADER_BYTES);
    if (!isOther && this.#active && (await isAsShown(this.#active, file, header))) {
      // Its header was written anew, and says the same, or what came to it does not fit.
      await this.#candidates.took(candidate);
      yield* this.#alerts.clear(`open:${path}`);
      yield* this.#sayCompanions(file);
      return false;
    }
    try {
      yield* this.#begin(candidate, file, header, now);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      yield* this.#alerts.raise(`open:${path}`, 'error', error.message);
      return false;
    }
    return true;
  }

  /** Says which other file was taken up, and what does not fit the scan and was left out. */
  *#sayCompanions(file: ScanFile): Generator<SourceEvent> {
    const { lowLossFile, scan } = file;
    if (lowLossFile !== undefined)
      yield* this.#alerts.raise(
        `companion:${lowLossFile}`,
        'info',
        `${scan.name}: its low loss is ${basename(lowLossFile)}`,
      );
    for (const { place, message } of file.faults ?? [])
      yield* this.#alerts.raise(`companion:${place}`, 'warning', message);
  }

  async *#begin(
    candidate: Candidate,
    file: ScanFile,
    header: Buffer,
    now: number,
  ): AsyncGenerator<SourceEvent> {
    const { path } = candidate;
    const headerPath = file.header ?? path;
    const headerStamp = await stampOf(headerPath);
    const opening = (this.#openings.get(file.scan.id) ?? 0) + 1;
    const scan = opening === 1 ? file.scan : { ...file.scan, id: `${file.scan.id}#${opening}` };
    const finished = file.growing.length === 0 || candidate.old;
    const follower = await followScan(file, scan, this.#times, finished, now, UNPACK_MS);
    await this.#candidates.took(candidate);
    const before = this.#active;
    if (before) {
      if (before.candidate.state === 'taken') await this.#candidates.accept(before.candidate);
      yield* before.follower.abort();
      yield* before.follower.dismiss();
    }
    for (const id of this.#alerts.ids)
      if (id.startsWith('companion:') || [`open:${path}`, `gone:${path}`, `waiting:${path}`].includes(id))
        yield* this.#alerts.clear(id);
    this.#openings.set(file.scan.id, opening);
    const samplesPath = file.unpack ? headerPath : file.core.paths[0];
    this.#active = {
      candidate,
      follower,
      headerPath,
      header,
      headerStamp,
      signature: candidate.signature,
      grows: file.growing.length > 0,
      hasLowLoss: file.lowLoss !== undefined,
      lowLossFile: await lowLossStamp(file),
      companions: '',
      samplesPath,
      samplesBytes: (await stampOf(samplesPath))?.size ?? 0,
      grewAt: now,
      absentSince: undefined,
    };
    await this.#unpacked.add(file.unpack);
    yield {
      type: 'scan',
      opening: {
        scan,
        core: file.core,
        ...(file.lowLoss && { lowLoss: file.lowLoss }),
        origin: { path, file },
      },
    };
    yield* this.#sayCompanions(file);
    yield* this.#follow(this.#active, now);
  }
}
