import { pixelCount } from '../../../protocol/index.ts';
import { TaskQueue } from '../../formats/task-queue.ts';
import type { PassWriter } from '../../sessions/passes/pass-writer.ts';
import type { PixelSpan } from '../../sessions/passes/pixel-set.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import type { RowMajorBlock, ScanDescription, SpectraBlock } from '../../sessions/scan-description.ts';
import { goesOn, type SessionDescription } from '../../sessions/session-description.ts';
import type { SessionWriter } from '../../sessions/session-writer.ts';
import { ScanRescans, type ScanRescansOptions } from '../rescans/scan-rescans.ts';
import type { SourceEvent } from '../source.ts';
import { spansBetween, spansWithValues } from './pixel-spans.ts';
import { recordBlock } from './record-block.ts';
import { type RecordedState, type Recording, secondsPerRow } from './recording.ts';
import type { ScalarCheck } from './scalar-check.ts';
import { ScalarMeans } from './scalar-means.ts';
import { takenOpening } from './taken-opening.ts';

export interface RecordedScanOptions extends Partial<Pick<ScanRescansOptions, 'place' | 'progressed'>> {
  report: (event: SourceEvent) => void;
  /** False for a session that is removed in the end; default true. */
  kept?: boolean;
  checkScalars?: ScalarCheck;
  /** ISO 8601, UTC. */
  now?: () => string;
}

/**
 * A scan that is recorded into a session as it arrives: what comes is held against the scan, written, and reported as a source
 * reports it. Calls are worked off one after the other, whichever connection they come from.
 */
export class RecordedScan implements Recording {
  readonly rescans: ScanRescans;
  readonly #session: SessionWriter;
  readonly #report: (event: SourceEvent) => void;
  readonly #kept: boolean;
  readonly #checkScalars: ScalarCheck;
  readonly #now: () => string;
  readonly #means = new Map<string, ScalarMeans>();
  #pass: PassWriter;
  #passNumber: number;
  readonly #tasks = new TaskQueue();
  #ended = false;
  /** An end without anything new since the last one is no news. */
  #endReported = false;
  #closed = false;

  private constructor(
    session: SessionWriter,
    [passNumber, pass]: [number, PassWriter],
    {
      report,
      kept = true,
      checkScalars = () => {},
      now = () => new Date().toISOString(),
      ...options
    }: RecordedScanOptions,
  ) {
    this.#session = session;
    this.#pass = pass;
    this.#passNumber = passNumber;
    this.#report = report;
    this.#kept = kept;
    this.#checkScalars = checkScalars;
    this.#now = now;
    this.rescans = new ScanRescans({ session, kept, report, now, ...options });
  }

  /** Begins, and reports the scan with what was recorded of it before. */
  static async begin(
    session: SessionWriter,
    passNumber: number,
    options: RecordedScanOptions,
  ): Promise<RecordedScan> {
    const { pass } = await session.beginPass(passNumber);
    const scan = new RecordedScan(session, [passNumber, pass], options);
    await scan.#reportAll();
    return scan;
  }

  /** Reports a scan that was recorded before, and ends it as it had ended: rescans of it follow. */
  static async reopen(session: SessionWriter, options: RecordedScanOptions): Promise<RecordedScan> {
    const last = [...session.passes()].at(-1);
    if (!last) throw new RecordingFault('sequence', `${session.scan.id} has no pass yet`);
    const scan = new RecordedScan(session, last, options);
    await scan.#reportAll();
    const { status } = session.description;
    // One that a kill has left open is over now; what had ended keeps its time.
    if (status === 'open') await scan.end('aborted');
    else {
      scan.#ended = scan.#endReported = true;
      scan.#report({ type: 'end', status: status === 'complete' ? 'complete' : 'aborted' });
    }
    return scan;
  }

  get id(): string {
    return this.#session.scan.id;
  }

  get description(): SessionDescription {
    return this.#session.description;
  }

  get folder(): string {
    return this.#session.folder;
  }

  /** Whether its source has said that nothing more comes. */
  get ended(): boolean {
    return this.#ended;
  }

  get pixels(): number {
    return pixelCount(this.#session.scan);
  }

  get secondsPerRow(): number | undefined {
    return secondsPerRow(this.#session.scan);
  }

  /** Pixels written in the present pass. */
  get count(): number {
    return this.#pass.count;
  }

  /** Spectra of all passes: written, and of these on disk. */
  get watermarks(): { spectra: number; onDisk: number } {
    const marks = { spectra: 0, onDisk: 0 };
    for (const [, { count, syncedCount }] of this.#session.passes()) {
      marks.spectra += count;
      marks.onDisk += syncedCount;
    }
    return marks;
  }

  get unsyncedBytes(): number {
    return this.#pass.unsyncedBytes;
  }

  get state(): RecordedState {
    return { next: this.#pass.next, synced: this.#pass.synced };
  }

  goesOnWith(scan: ScanDescription, now: number): boolean {
    return goesOn(this.description, scan, now);
  }

  checkGeometry(scan: ScanDescription): void {
    this.#session.checkGeometry(scan);
  }

  /** Goes on, with the same pass or another. */
  resume({ pass: number }: ScanDescription): Promise<void> {
    return this.#tasks.add(async () => {
      const { pass, isNews } = await this.#session.beginPass(number);
      this.#pass = pass;
      this.#passNumber = number;
      this.#ended = false;
      if (isNews)
        this.#report({
          type: 'pass',
          pass: number,
          opening: takenOpening(this.#session, { kept: this.#kept }),
        });
    });
  }

  /** Writes spectra and reports those that are new. */
  record(block: SpectraBlock): Promise<void> {
    return this.#tasks.add(async () => {
      if (this.#ended || this.#closed) this.#refuse('spectra');
      const session = this.#session;
      const target = {
        scan: session.scan,
        order: session.description.order,
        pass: this.#pass,
        numbersOf: (names: string[]) => {
          this.#checkNew(names);
          return session.numbersOf(names);
        },
      };
      await this.#noticingLoss(() =>
        recordBlock(target, block, (part, written) => this.#reportPart(part, written)),
      );
    });
  }

  /** Ends the scan once everything is on disk. */
  end(status: 'complete' | 'aborted'): Promise<void> {
    return this.#tasks.add(async () => {
      if (this.#closed) this.#refuse('end');
      await this.#noticingLoss(() => this.#session.end(status, this.#now()));
      this.#ended = true;
      if (!this.#endReported) this.#report({ type: 'end', status });
      this.#endReported = true;
    });
  }

  async sync(): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#session.sync();
    } catch (error) {
      await this.#tasks.add(() => this.#noticingLoss(() => Promise.reject(error)));
    }
  }

  /** Where spectra were lost that had been reported, the scan is reported anew, with those that are there. */
  async #noticingLoss(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof RecordingFault && error.code === 'storage' && !this.#closed) {
        this.#means.clear();
        await this.#reportAll();
      }
      throw error;
    }
  }

  /** Waits for what is under way, puts it on disk and closes the files. The session stays open for its source to go on. */
  close(): Promise<void> {
    return this.#tasks.add(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.rescans.close();
      await this.#session.sync().finally(() => this.#session.close());
    });
  }

  remove(): Promise<void> {
    return this.#session.remove();
  }

  /** Each signal of a large scan takes much memory, however few values come with it. */
  #checkNew(names: string[]): void {
    const known = new Set(this.#session.signals);
    const isNew = names.some((name) => !known.has(name));
    if (isNew) this.#checkScalars(this.#session.scan, new Set([...known, ...names]).size);
  }

  async #reportAll(): Promise<void> {
    const { signals } = this.#session;
    this.#report({ type: 'scan', opening: takenOpening(this.#session, { kept: this.#kept, patches: 0 }) });
    for (const [number, each] of this.#session.passes()) {
      for (const span of each.spans()) this.#reportMeasured(span, number);
      for (const [signal, name] of signals.entries()) {
        const values = await each.values(signal);
        if (!values) continue;
        for (const { first, end } of spansWithValues(values, each.spans()))
          this.#reportValues(name, first, values.subarray(first, end));
      }
    }
    this.rescans.reportAdded();
  }

  #refuse(message: string): never {
    throw new RecordingFault('sequence', `${message}: ${this.id} is over; expected a "scan" before it`);
  }

  #reportPart({ first, end, signals }: RowMajorBlock, written: PixelSpan[]): void {
    if (written.length > 0) this.#endReported = false;
    for (const span of spansBetween({ first, end }, written))
      this.#report({
        type: 'repeated',
        first: span.first,
        count: span.end - span.first,
        pass: this.#passNumber,
      });
    for (const span of written) {
      this.#reportMeasured(span, this.#passNumber);
      for (const [name, values] of signals)
        this.#reportValues(name, span.first, values.subarray(span.first - first, span.end - first));
    }
  }

  #reportMeasured({ first, end }: PixelSpan, pass: number): void {
    this.#report({ type: 'measured', first, count: end - first, pass });
  }

  /** Values of one pass; what is reported are the means over the passes so far. */
  #reportValues(name: string, first: number, values: Float32Array): void {
    const known = this.#means.get(name) ?? new ScalarMeans(this.pixels);
    this.#means.set(name, known);
    this.#report({ type: 'channel', name, first, values: known.add(first, values) });
  }
}
