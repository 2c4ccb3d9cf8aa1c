import { rm } from 'node:fs/promises';
import { pixelCount } from '../../../protocol/index.ts';
import type { OpenOptions } from '../../formats/format.ts';
import { openScanFile } from '../../formats/formats.ts';
import { pixelOfRecord } from '../../formats/scan-order.ts';
import { TaskQueue } from '../../formats/task-queue.ts';
import { PixelSet } from '../../sessions/passes/pixel-set.ts';
import { sessionFiles } from '../../sessions/session-files.ts';
import { SessionWriter } from '../../sessions/session-writer.ts';
import { checksumOf, givenOptions, type SourceFiles } from '../../sessions/source-files.ts';
import type { ScanOpening } from '../source.ts';
import { CountsCopier } from './counts-copier.ts';
import { describeFileRescans } from './file-rescans.ts';
import type { FileSession } from './file-session.ts';
import { type ScanOrigin, scanFiles } from './scan-files.ts';

export interface RecordedFileOptions {
  origin: ScanOrigin;
  options: OpenOptions;
  /** The session cannot be written (`undefined`: it can again). */
  fault: (error: Error | undefined) => void;
}

/** The state of growing files is noted again once so many times as many spectra are complete as the last time. */
const NEXT_LOOK = 2;

/**
 * The session of a scan that lies in files: notes how far these are, and once the scan has ended their checksums; copies the counts
 * where its session is one that holds them. Nothing that fails here keeps the scan from being watched.
 */
export class RecordedFile {
  readonly #session: FileSession;
  readonly #options: OpenOptions;
  readonly #fault: RecordedFileOptions['fault'];
  readonly #passes: PixelSet[];
  readonly #copier: CountsCopier | undefined;
  readonly #stop = new AbortController();
  #origin: ScanOrigin;
  /** Scalar signals that came after the scan was opened are not among its files yet. */
  #isStale = false;
  /** Rescans were added in this run of the monitor. */
  #isRescanned = false;
  #noted = 0;
  /** Descriptions are written one after the other. */
  readonly #writing = new TaskQueue();
  #ending: Promise<void> = Promise.resolve();

  constructor(session: FileSession, { origin, options, fault }: RecordedFileOptions) {
    this.#session = session;
    this.#origin = origin;
    this.#options = options;
    this.#fault = fault;
    const { core, scan } = origin.file;
    const order = { shape: core.shape, order: core.order, flybackColumns: 0 };
    this.#passes = core.paths.map(
      () => new PixelSet(pixelCount(scan), (step) => pixelOfRecord(order, step) ?? step),
    );
    if (session instanceof SessionWriter)
      this.#copier = new CountsCopier({
        session,
        origin: () => this.#origin,
        exclusively: (work) => this.#writing.add(work),
        fault,
        signal: this.#stop.signal,
      });
  }

  /** Of the file that was opened. */
  get path(): string {
    return this.#origin.path;
  }

  get folder(): string {
    return this.#session.folder;
  }

  /** The counts are copied into the session. */
  get copies(): boolean {
    return this.#copier !== undefined;
  }

  /** Pixels [first, first + count) are complete in pass `pass`; whoever tells it does not wait for the disk. */
  measured(first: number, count: number, pass: number): void {
    this.#passes[pass].add({ first, end: first + count });
    this.#copier?.add(pass, { first, end: first + count });
    if (this.#acquired() >= NEXT_LOOK * this.#noted) void this.note();
  }

  /** The files have other names, or lie elsewhere, from now on. */
  async moved(origin: ScanOrigin): Promise<void> {
    this.#origin = origin;
    await this.note();
  }

  /** A scalar signal has values. */
  channel(name: string): void {
    if (!this.#origin.file.scalars.some((known) => known.name === name)) this.#isStale = true;
  }

  /** Notes how far the files are. */
  note(): Promise<void> {
    this.#noted = Math.max(1, this.#acquired());
    return this.#attempt(async () => {
      const files = await this.#files();
      // What the file holds by now may be another scan.
      if (!files) return;
      const before = this.#session.description.files?.acquired ?? [];
      // Final maps of fewer spectra would be taken for those of all, should this run of the monitor be cut off.
      if (files.acquired.some((pixels, pass) => pixels > (before[pass] ?? 0)))
        await rm(sessionFiles(this.folder).results, { recursive: true, force: true });
      await this.#session.noteFiles(files);
    });
  }

  /** Rescans from files of their own have been added. */
  rescanned(opening: ScanOpening): Promise<void> {
    this.#isRescanned = true;
    return this.#attempt(async () => {
      const records = await describeFileRescans(opening, this.#options);
      // Final maps of fewer counts would be taken for those of all.
      await rm(sessionFiles(this.folder).results, { recursive: true, force: true });
      await this.#session.noteFileRescans(records);
    });
  }

  /** The scan has ended; counts that are still to be copied and checksums follow on their own. */
  async end(status: 'complete' | 'aborted'): Promise<void> {
    const describe = () => this.#attempt(() => this.#session.end(status, new Date().toISOString()));
    await this.note();
    // An earlier run of the monitor was given some that this one was not.
    if (!this.#isRescanned && this.#session.description.fileRescans?.length)
      await this.#attempt(() => this.#session.noteFileRescans([]));
    if (this.#copier) this.#ending = this.#ending.then(() => this.#endCopy(describe));
    else {
      await describe();
      this.#ending = this.#ending.then(() => this.#addChecksums());
    }
  }

  /** The file holds another scan: the session ends with what it has, and nothing more is read of the file. */
  async endRewritten(): Promise<void> {
    this.#stop.abort();
    await this.#copier?.close();
    const { status, ended = new Date().toISOString() } = this.#session.description;
    await this.#attempt(() => this.#session.endRewritten(status === 'complete' ? status : 'aborted', ended));
  }

  /** Adds the checksums that an earlier run of the monitor did not come to. */
  async addChecksums(): Promise<void> {
    this.#ending = this.#ending.then(() => this.#addChecksums());
  }

  /** Leaves what is still to be copied or summed up; it is done when the session is gone on with. */
  hurry(): void {
    this.#stop.abort();
  }

  /** Finishes what follows the end of the scan, and closes the session. */
  async close(): Promise<void> {
    await this.#ending;
    this.#stop.abort();
    await this.#copier?.close();
    if (this.#session.description.status === 'open' && this.#acquired() > this.#noted) await this.note();
    await this.#writing.idle();
    await this.#session.close();
  }

  #acquired(): number {
    return this.#passes.reduce((sum, { next }) => sum + next, 0);
  }

  /** The files as they are now; undefined where they are not those of the scan any more. */
  async #files(): Promise<SourceFiles | undefined> {
    const { path, isIntact } = this.#origin;
    if (this.#isStale) this.#origin = { ...this.#origin, file: await openScanFile(path, this.#options) };
    this.#isStale = false;
    const acquired = this.#passes.map(({ next }) => next);
    const known = this.#session.description.files?.list ?? [];
    const list = await scanFiles(this.#origin, acquired);
    for (const file of list) {
      const before =
        known.find((each) => each.path === file.path) ??
        known.find((each) => each.role === file.role && each.sample === file.sample);
      const isWhole = !this.#origin.file.growing.includes(file.path);
      if (isWhole && before && (before.sample !== file.sample || before.size !== file.size)) return undefined;
      const isSame = before?.sample === file.sample && before.modified === file.modified;
      if (isSame && before.sha256 !== undefined && before.size === file.size) file.sha256 = before.sha256;
    }
    if ((await isIntact?.()) === false) return undefined;
    return { options: givenOptions(this.#options), acquired, list };
  }

  async #endCopy(describe: () => Promise<void>): Promise<void> {
    if (!(await this.#copier?.finish())) return;
    await describe();
    await this.#addChecksums();
  }

  async #addChecksums(): Promise<void> {
    const { files } = this.#session.description;
    if (!files) return;
    const sums = new Map<string, string>();
    for (const { path, size, sha256 } of files.list) {
      if (sha256 !== undefined) continue;
      // A file that is gone has no checksum any more; that it is gone is said where it is needed.
      const sum = await checksumOf(path, size, this.#stop.signal).catch(() => undefined);
      if (sum !== undefined) sums.set(path, sum);
    }
    if (sums.size === 0 || this.#stop.signal.aborted) return;
    await this.#attempt(async () => {
      const { files: now } = this.#session.description;
      if (!now) return;
      const list = now.list.map((file) => {
        const isSame = files.list.some(({ path, size, sample }) =>
          path === file.path ? size === file.size && sample === file.sample : false,
        );
        const sha256 = sums.get(file.path);
        return isSame && sha256 !== undefined ? { ...file, sha256 } : file;
      });
      await this.#session.noteFiles({ ...now, list });
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await this.#writing.add(work);
      this.#fault(undefined);
    } catch (error) {
      this.#fault(error as Error);
    }
  }
}
