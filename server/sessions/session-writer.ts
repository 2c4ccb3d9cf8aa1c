import { mkdir, rm, writeFile } from 'node:fs/promises';
import { BYTES_PER_SAMPLE, pixelCount, type Scan } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';
import { formatRippleHeader } from '../formats/ripple-header.ts';
import { pixelOfRecord } from '../formats/scan-order.ts';
import { bootMark, isSameBoot } from './boot-mark.ts';
import { PassWriter, type SpectrumSize } from './pass-writer.ts';
import { RecordingFault } from './recording-fault.ts';
import type { ScanDescription } from './scan-description.ts';
import { geometryDifference, type SessionDescription, writeDescription } from './session-description.ts';
import { fileName, sessionFiles } from './session-files.ts';
import { sessionLayouts } from './session-layouts.ts';
import { SessionLock } from './session-lock.ts';
import type { SourceFiles } from './source-files.ts';

/** Scalar signals of a scan, the dwell time not counted. */
const MOST_SIGNALS = 32;

/**
 * A session that is being written: a folder with the spectra of one scan as Ripple files, which can be read at any time, and its
 * description. States: open (from `create` or `resume`), ended (still readable; goes on with `beginPass`), closed.
 */
export class SessionWriter {
  readonly folder: string;
  readonly #lock: SessionLock;
  readonly #sameBoot: boolean;
  readonly #passes: (PassWriter | undefined)[] = [];
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
  }

  /** Begins a session in a new folder. */
  static async create(
    folder: string,
    scan: ScanDescription,
    about: Pick<SessionDescription, 'program' | 'source' | 'created' | 'files'>,
  ): Promise<SessionWriter> {
    await mkdir(folder, { recursive: true });
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
      await session.#describe({});
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

  /** Where the spectra can be read. */
  get layouts(): { core: CubeLayout; lowLoss?: CubeLayout } {
    return sessionLayouts(this.folder, this.scan, this.#announcedPasses);
  }

  /** Bytes of one spectrum in the core and in the low loss (0 without one). */
  get spectrumSize(): SpectrumSize {
    const { channels, dtype, lowLoss } = this.scan;
    return {
      core: channels * BYTES_PER_SAMPLE[dtype],
      lowLoss: lowLoss ? lowLoss.channels * BYTES_PER_SAMPLE[lowLoss.dtype] : 0,
    };
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
    if (number >= passes || status !== 'open') {
      const { ended: _ended, ...rest } = this.#description;
      this.#description = rest;
      await this.#describe({ passes: Math.max(passes, number + 1), status: 'open' });
      await this.#writeHeaders();
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
    const signals = [...this.#description.signals];
    for (const name of names) {
      if (signals.some((known) => known.name === name)) continue;
      // The dwell time is kept as one of them, and is not limited.
      const counted = signals.filter((known) => known.name !== 'dwell').length;
      if (name !== 'dwell' && counted >= MOST_SIGNALS)
        throw new RecordingFault(
          'message',
          `spectra: channels: expected at most ${MOST_SIGNALS} names in a scan, found also "${name}"`,
        );
      signals.push({ name, file: signalFile(name, signals) });
    }
    if (signals.length > this.#description.signals.length) {
      await this.#describe({ signals });
      await this.#writeHeaders();
    }
    return names.map((name) => signals.findIndex((known) => known.name === name));
  }

  /** Notes the files that the spectra are copied from. */
  async noteFiles(files: SourceFiles): Promise<void> {
    await this.#describe({ files });
  }

  /** The scan has ended and everything is on disk. */
  async end(status: 'complete' | 'aborted', now: string): Promise<void> {
    await this.sync();
    await this.#describe({ status, ended: now });
  }

  async sync(): Promise<void> {
    for (const [, pass] of this.passes()) await pass.sync();
  }

  async close(): Promise<void> {
    for (const [, pass] of this.passes()) await pass.close();
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
      size: this.spectrumSize,
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

  /** What other programs read beside the samples; each pass has files of its own, and the headers tell how many. */
  async #writeHeaders(): Promise<void> {
    const { scan, passes, signals } = this.#description;
    const { lowLoss, shape, name: title } = scan;
    const { pixelSizeNm, dwellSeconds, beamKv, convergenceMrad, collectionMrad, simulated } = scan;
    const known = { pixelSizeNm, dwellSeconds, beamKv, convergenceMrad, collectionMrad, simulated };
    const shared = {
      shape,
      title,
      passes,
      ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
    };
    const { header } = sessionFiles(this.folder);
    const headers: [string, Parameters<typeof formatRippleHeader>[0]][] = [
      ['core', { ...shared, channels: scan.channels, dtype: scan.dtype, energy: scan.energy }],
      ...signals.map(({ file }): [string, Parameters<typeof formatRippleHeader>[0]] => [
        file,
        { ...shared, channels: 1, dtype: 'f32' },
      ]),
    ];
    if (lowLoss) headers.push(['low-loss', { ...shared, ...lowLoss }]);
    for (const [file, content] of headers) await writeFile(header(file), formatRippleHeader(content));
  }

  /** Changes the description on disk first: a change that a full disk refuses was never made. */
  async #describe(changes: Partial<SessionDescription>): Promise<void> {
    const description = { ...this.#description, ...changes };
    await writeDescription(this.folder, description);
    this.#description = description;
  }
}

/** Stem of the files of a signal, unlike those of all others whatever the case. */
function signalFile(name: string, taken: readonly { file: string }[]): string {
  const used = new Set(['core', 'low-loss', ...taken.map(({ file }) => file.toLowerCase())]);
  const stem = fileName(name, 40);
  for (let n = 1; ; n++) {
    const file = n === 1 ? stem : `${stem}-${n}`;
    if (!used.has(file.toLowerCase())) return file;
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
