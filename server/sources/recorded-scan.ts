import { InputError } from '../../protocol/index.ts';
import { pixelCount } from '../../protocol/scan.ts';
import { recordIndexOfPixel } from '../formats/scan-order.ts';
import type { PassWriter } from '../sessions/pass-writer.ts';
import type { PixelSpan } from '../sessions/pixel-set.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import { rowMajorBlocks, type ScanDescription, type SpectraBlock } from '../sessions/scan-description.ts';
import type { SessionDescription } from '../sessions/session-description.ts';
import type { SessionWriter } from '../sessions/session-writer.ts';
import { ScalarMeans } from './scalar-means.ts';
import type { ScanOpening, SourceEvent } from './source.ts';
import { checkNumbers } from './spectra-samples.ts';

/** How far a scan is recorded: pixels in the order of acquisition, all before `next` written, before `synced` on disk. */
export interface RecordedState {
  next: number;
  synced: number;
}

export interface RecordedScanOptions {
  report: (event: SourceEvent) => void;
  /** False for a session that is removed in the end; default true. */
  kept?: boolean;
  /** ISO 8601, UTC. */
  now?: () => string;
}

/**
 * A scan that is recorded into a session as it arrives: what comes is held against the scan, written, and reported as a source
 * reports it. Calls are worked off one after the other, whichever connection they come from.
 */
export class RecordedScan {
  readonly #session: SessionWriter;
  readonly #report: (event: SourceEvent) => void;
  readonly #kept: boolean;
  readonly #now: () => string;
  readonly #means = new Map<string, ScalarMeans>();
  #pass: PassWriter;
  #passNumber: number;
  #queue: Promise<unknown> = Promise.resolve();
  #ended = false;
  /** An end without anything new since the last one is no news. */
  #endReported = false;
  #closed = false;

  private constructor(
    session: SessionWriter,
    pass: PassWriter,
    passNumber: number,
    { report, kept, now }: Required<RecordedScanOptions>,
  ) {
    this.#session = session;
    this.#pass = pass;
    this.#passNumber = passNumber;
    this.#report = report;
    this.#kept = kept;
    this.#now = now;
  }

  /** Begins, and reports the scan with what was recorded of it before. */
  static async begin(
    session: SessionWriter,
    passNumber: number,
    { report, kept = true, now = () => new Date().toISOString() }: RecordedScanOptions,
  ): Promise<RecordedScan> {
    const { pass } = await session.beginPass(passNumber);
    const scan = new RecordedScan(session, pass, passNumber, { report, kept, now });
    report({ type: 'scan', opening: scan.#opening });
    for (const [number, each] of session.passes()) {
      for (const span of each.spans()) scan.#reportMeasured(span, number);
      for (const [signal, name] of session.signals.entries()) {
        const values = await each.values(signal);
        if (!values) continue;
        for (const { first, end } of spansWithValues(values, each.spans()))
          scan.#reportValues(name, first, values.subarray(first, end));
      }
    }
    return scan;
  }

  get id(): string {
    return this.#session.scan.id;
  }

  get description(): SessionDescription {
    return this.#session.description;
  }

  /** Whether its source has said that nothing more comes. */
  get ended(): boolean {
    return this.#ended;
  }

  get pixels(): number {
    return pixelCount(this.#session.scan);
  }

  /** Seconds one row takes, where the dwell time is known. */
  get secondsPerRow(): number | undefined {
    const { dwellSeconds, shape } = this.#session.scan;
    return dwellSeconds === undefined ? undefined : dwellSeconds * shape[1];
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

  /** @throws RecordingFault when it is a scan of another shape, energy axis, type or order */
  checkGeometry(scan: ScanDescription): void {
    this.#session.checkGeometry(scan);
  }

  /** Goes on, with the same pass or another. */
  resume({ pass: number }: ScanDescription): Promise<void> {
    return this.#exclusively(async () => {
      const { pass, isNews } = await this.#session.beginPass(number);
      this.#pass = pass;
      this.#passNumber = number;
      this.#ended = false;
      if (isNews) this.#report({ type: 'pass', pass: number, opening: this.#opening });
    });
  }

  /**
   * Writes spectra and reports those that are new.
   * @throws RecordingFault, or the file system's error
   */
  record(block: SpectraBlock): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#ended || this.#closed) this.#refuse('spectra');
      this.#check(block);
      const numbers = await this.#session.numbersOf(block.signals.map(([name]) => name));
      let conflict: number | undefined;
      for (const { first, end, parts, signals } of rowMajorBlocks(this.#session.description, block)) {
        const numbered = new Map(signals.map(([, values], index) => [numbers[index], values]));
        const result = await this.#pass.write({ first, end }, parts, numbered);
        if (result.written.length > 0) this.#endReported = false;
        for (const span of spansBetween({ first, end }, result.written))
          this.#report({
            type: 'repeated',
            first: span.first,
            count: span.end - span.first,
            pass: this.#passNumber,
          });
        for (const span of result.written) {
          this.#reportMeasured(span, this.#passNumber);
          for (const [name, values] of signals)
            this.#reportValues(name, span.first, values.subarray(span.first - first, span.end - first));
        }
        conflict ??= result.conflict;
      }
      if (conflict !== undefined)
        throw new RecordingFault(
          'conflict',
          `spectra: data: pixel ${this.#acquired(conflict)} is recorded already with other content, which is kept`,
        );
    });
  }

  /** Ends the scan once everything is on disk. */
  end(status: 'complete' | 'aborted'): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#closed) this.#refuse('end');
      await this.#session.end(status, this.#now());
      this.#ended = true;
      if (!this.#endReported) this.#report({ type: 'end', status });
      this.#endReported = true;
    });
  }

  async sync(): Promise<void> {
    if (!this.#closed) await this.#session.sync();
  }

  /** Waits for what is under way, puts it on disk and closes the files. The session stays open for its source to go on. */
  close(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#session.sync().finally(() => this.#session.close());
    });
  }

  remove(): Promise<void> {
    return this.#session.remove();
  }

  get #opening(): ScanOpening {
    return {
      scan: this.#session.scan,
      ...this.#session.layouts,
      ...(this.#kept && { session: this.#session.folder }),
    };
  }

  #refuse(message: string): never {
    throw new RecordingFault('sequence', `${message}: ${this.id} is over; expected a "scan" before it`);
  }

  #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Position of a row-major pixel in the order of acquisition. */
  #acquired(pixel: number): number {
    const { shape } = this.#session.scan;
    return recordIndexOfPixel({ shape, order: this.#session.description.order, flybackColumns: 0 }, pixel);
  }

  #check({ first, count, core, lowLoss }: SpectraBlock): void {
    const { scan, spectrumSize } = this.#session;
    if (first + count > this.pixels)
      throw new RecordingFault(
        'range',
        `spectra: first: expected pixels within the ${this.pixels} of the scan, found ${first} to ${first + count - 1}`,
      );
    const check = (
      field: string,
      bytes: Uint8Array | undefined,
      size: number,
      part: typeof scan.lowLoss,
    ): void => {
      const found = bytes?.byteLength ?? 0;
      if (found !== count * size)
        throw new RecordingFault(
          'length',
          `spectra: ${field}: expected ${count * size} bytes (${count} × ${size}), found ${found}`,
        );
      if (!bytes || !part) return;
      try {
        checkNumbers(bytes, part.dtype, part.channels, first, field);
      } catch (error) {
        throw error instanceof InputError ? new RecordingFault('value', error.message) : error;
      }
    };
    check('data', core, spectrumSize.core, scan);
    check('lowLoss', lowLoss, spectrumSize.lowLoss, scan.lowLoss);
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

/** What is left of a span without the given ones, which lie in it in order. */
function* spansBetween({ first, end }: PixelSpan, without: readonly PixelSpan[]): Generator<PixelSpan> {
  let from = first;
  for (const span of without) {
    if (span.first > from) yield { first: from, end: span.first };
    from = span.end;
  }
  if (from < end) yield { first: from, end };
}

/** Runs of values that are numbers, within some spans. */
function* spansWithValues(values: Float32Array, spans: readonly PixelSpan[]): Generator<PixelSpan> {
  for (const { first, end } of spans)
    for (let from = first; from < end; from++) {
      if (Number.isNaN(values[from])) continue;
      let to = from + 1;
      while (to < end && !Number.isNaN(values[to])) to++;
      yield { first: from, end: to };
      from = to;
    }
}
