import { rm } from 'node:fs/promises';
import { pixelCount, type Scan } from '../../protocol/index.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { pixelOfRecord } from '../formats/scan-order.ts';
import { TaskQueue } from '../formats/task-queue.ts';
import { bootMark, isSameBoot } from './boot-mark.ts';
import { PassWriter, type SpectrumSize, spectrumSize } from './passes/pass-writer.ts';
import { withSignals } from './passes/signal-numbers.ts';
import { RecordingFault } from './recording-fault.ts';
import type { FileRescanRecord } from './rescans/file-rescans.ts';
import { SessionRescans } from './rescans/session-rescans.ts';
import type { ScanDescription } from './scan-description.ts';
import {
  geometryDifference,
  type SessionDescription,
  withRescansFormat,
  writeDescription,
} from './session-description.ts';
import { sessionFiles } from './session-files.ts';
import { writeSessionHeaders } from './session-headers.ts';
import { type SessionLayouts, sessionLayouts, withPatches } from './session-layouts.ts';
import { SessionLock } from './session-lock.ts';
import type { SourceFiles } from './source-files.ts';

/**
 * A session that is being written: a folder with the spectra of one scan as Ripple files, which can be read at any time, and its
 * description. States: open (from `create` or `resume`), ended (still readable; goes on with `beginPass`), closed.
 */
export class SessionWriter {
  readonly folder: string;
  readonly rescans: SessionRescans;
  readonly #lock: SessionLock;
  readonly #sameBoot: boolean;
  readonly #passes: (PassWriter | undefined)[] = [];
  readonly #describing = new TaskQueue();
  #description: SessionDescription;
  #announcedPasses: number;

  private constructor(
    folder: string,
    lock: SessionLock,
    description: SessionDescription,
    sameBoot: boolean,
    announced = 1,
  ) {
    this.folder = folder;
    this.#lock = lock;
    this.#description = description;
    this.#sameBoot = sameBoot;
    this.#announcedPasses = Math.max(announced, description.passes);
    this.rescans = new SessionRescans({
      folder,
      sameBoot,
      description: () => this.#description,
      describe: (change) => this.#describe(change),
    });
  }

  /** Begins a session in a new folder. */
  static async create(
    folder: string,
    scan: ScanDescription,
    about: Pick<SessionDescription, 'program' | 'source' | 'created' | 'files'>,
  ): Promise<SessionWriter> {
    await makeFolder(folder);
    return SessionWriter.#open(folder, scan, {
      format: 1,
      ...about,
      status: 'open',
      scan: scan.scan,
      order: scan.order,
      ...(scan.started !== undefined && { started: scan.started }),
      passes: 0,
      signals: [],
      boot: bootMark(),
    });
  }

  /**
   * Goes on with a session that this monitor or an earlier one began.
   * @throws RecordingFault where another monitor has it open, or the scan is of another geometry
   */
  static async resume(
    folder: string,
    scan: ScanDescription,
    known: SessionDescription,
  ): Promise<SessionWriter> {
    checkGeometry(known, scan);
    const { ended: _ended, ...rest } = known;
    return SessionWriter.#open(folder, scan, { ...rest, status: 'open' });
  }

  /**
   * Opens a session whose scan is over or goes on later, for rescans of it.
   * @throws RecordingFault where another monitor has it open
   */
  static reopen(folder: string, known: SessionDescription): Promise<SessionWriter> {
    const { scan, order, passes } = known;
    return SessionWriter.#open(folder, { scan, order, pass: 0, passes: Math.max(passes, 1) }, known);
  }

  static async #open(
    folder: string,
    scan: ScanDescription,
    known: SessionDescription,
  ): Promise<SessionWriter> {
    const lock = await SessionLock.take(folder);
    const boot = bootMark();
    const announced = Math.max(scan.passes ?? 1, scan.pass + 1);
    const description = { ...known, boot };
    const session = new SessionWriter(folder, lock, description, isSameBoot(known.boot, boot), announced);
    try {
      // Every pass is opened before the new mark is written: its ledger is cut by the old one.
      for (let pass = 0; pass < known.passes; pass++) await session.#openPass(pass);
      await session.rescans.open();
      await session.#describe((description) => description);
    } catch (error) {
      await session.close();
      throw error;
    }
    return session;
  }

  get description(): SessionDescription {
    return this.#description;
  }

  get scan(): Scan {
    return this.#description.scan;
  }

  /** Where the spectra can be read, those of rescans that were added included. */
  get layouts(): SessionLayouts {
    const { patches = [] } = this.#description;
    return withPatches(this.baseLayouts, this.folder, this.#description, patches);
  }

  /** The same without rescans. */
  get baseLayouts(): SessionLayouts {
    return sessionLayouts(this.folder, this.scan, this.#announcedPasses);
  }

  /** Bytes of one spectrum in the core and in the low loss (0 without one). */
  get spectrumSize(): SpectrumSize {
    return spectrumSize(this.scan);
  }

  /** Passes that have been begun, with their numbers. */
  *passes(): Generator<[number, PassWriter]> {
    for (const [number, pass] of this.#passes.entries()) if (pass) yield [number, pass];
  }

  /** @throws RecordingFault naming what differs */
  checkGeometry(scan: ScanDescription): void {
    checkGeometry(this.#description, scan);
  }

  /**
   * Goes on with a pass, also after the scan has ended.
   * @returns the pass, and whether the layouts name more files than before
   */
  async beginPass(number: number): Promise<{ pass: PassWriter; isNews: boolean }> {
    const isNews = number >= this.#announcedPasses;
    this.#announcedPasses = Math.max(this.#announcedPasses, number + 1);
    const { passes, status } = this.#description;
    for (let each = passes; each <= number; each++) await this.#openPass(each);
    // One pass is written at a time.
    for (const [other, pass] of this.passes()) if (other !== number) await pass.release();
    if (number >= passes || status !== 'open') {
      await this.#describe(({ ended: _ended, ...rest }) => ({
        ...rest,
        passes: Math.max(passes, number + 1),
        status: 'open',
      }));
      await writeSessionHeaders(this.folder, this.#description);
    }
    return { pass: this.#passes[number] as PassWriter, isNews };
  }

  /** Names of the scalar signals; the place of each is its number. */
  get signals(): string[] {
    return this.#description.signals.map(({ name }) => name);
  }

  /**
   * Number of each scalar signal, new ones among them.
   * @throws RecordingFault when a scan has too many of them: each costs a file for every pass, and a map
   */
  async numbersOf(names: string[]): Promise<number[]> {
    const known = this.#description.signals;
    const signals = withSignals(known, names);
    if (signals !== known) {
      await this.#describe((description) => ({ ...description, signals }));
      await writeSessionHeaders(this.folder, this.#description);
    }
    return names.map((name) => signals.findIndex((each) => each.name === name));
  }

  /** Notes the files that the spectra are copied from. */
  async noteFiles(files: SourceFiles): Promise<void> {
    await this.#describe((description) => ({ ...description, files }));
  }

  /** Notes the rescans that were added from files of their own. */
  async noteFileRescans(fileRescans: FileRescanRecord[]): Promise<void> {
    await this.#describe((description) => ({
      ...description,
      format: withRescansFormat(description.format, fileRescans),
      fileRescans,
    }));
  }

  /**
   * The scan has ended and everything is on disk.
   * @throws RecordingFault `storage` for a complete one whose samples are not those that were written
   */
  async end(status: 'complete' | 'aborted', now: string): Promise<void> {
    await this.sync();
    if (status === 'complete') for (const [, pass] of this.passes()) await pass.check();
    await this.#describe((description) => ({ ...description, status, ended: now }));
  }

  /** Ends it where the file that it was copied from holds another scan by now. */
  async endRewritten(status: 'complete' | 'aborted', ended: string): Promise<void> {
    await this.sync();
    await this.#describe((description) => ({ ...description, status, ended, rewritten: true }));
  }

  async sync(): Promise<void> {
    for (const [, pass] of this.passes()) await pass.sync();
    await this.rescans.sync();
  }

  async close(): Promise<void> {
    for (const [, pass] of this.passes()) await pass.release();
    await this.rescans.close();
    this.#lock.release();
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #openPass(pass: number): Promise<void> {
    const files = sessionFiles(this.folder);
    const { shape } = this.scan;
    const order = { shape, order: this.#description.order, flybackColumns: 0 };
    this.#passes[pass] = await PassWriter.open({
      pixels: pixelCount(this.scan),
      size: spectrumSize(this.scan),
      pixelAt: (step) => pixelOfRecord(order, step) ?? step,
      paths: {
        core: files.core(pass),
        lowLoss: files.lowLoss(pass),
        ledger: files.ledger(pass),
        signal: (signal) => files.signal(this.#description.signals[signal].file, pass),
      },
      sameBoot: this.#sameBoot,
    });
  }

  /** Changes the description on disk first: a change that a full disk refuses was never made. One change after the other. */
  #describe(change: (description: SessionDescription) => SessionDescription): Promise<void> {
    return this.#describing.add(async () => {
      const description = change(this.#description);
      await writeDescription(this.folder, description);
      this.#description = description;
    });
  }
}

function checkGeometry(known: SessionDescription, scan: ScanDescription): void {
  const difference = geometryDifference(known, scan);
  if (!difference) return;
  const [before, now] = [JSON.stringify(difference.known), JSON.stringify(difference.found)];
  throw new RecordingFault(
    'geometry',
    `scan: ${difference.field}: expected ${before} as when "${known.scan.id}" began, found ${now}`,
  );
}
