import { InputError } from '../../protocol/index.ts';
import type { IngestEnd, IngestReply, IngestScan, IngestSpectra } from '../../protocol/ingest.ts';
import { pixelRangesOfRecords, recordIndexOfPixel, type ScanOrder } from '../formats/scan-order.ts';
import { IngestFault } from './ingest-fault.ts';
import type { RecordRange } from './pixel-set.ts';
import { ScalarMeans } from './scalar-means.ts';
import { ScanSpool } from './scan-spool.ts';
import type { SourceEvent } from './source.ts';
import { checkNumbers, scalarValues } from './spectra-samples.ts';
import type { SpoolPass } from './spool-pass.ts';

/**
 * A scan that producers push: what they send is held against the scan, written to its spool and reported. Calls are worked
 * off one after the other, whichever connection they come from.
 */
export class PushedScan {
  readonly #spool: ScanSpool;
  readonly #report: (event: SourceEvent) => void;
  readonly #order: ScanOrder;
  readonly #means = new Map<string, ScalarMeans>();
  #pass: SpoolPass;
  #passNumber: number;
  #queue: Promise<unknown> = Promise.resolve();
  #ended = false;
  /** An end without anything new since the last one is no news. */
  #endReported = false;
  #closed = false;

  private constructor(
    spool: ScanSpool,
    pass: SpoolPass,
    passNumber: number,
    report: (event: SourceEvent) => void,
  ) {
    this.#spool = spool;
    this.#pass = pass;
    this.#passNumber = passNumber;
    this.#report = report;
    this.#order = { shape: spool.scan.shape, order: spool.order, flybackColumns: 0 };
  }

  /** Opens the scan's spool and reports the scan with what an earlier run of the monitor has written of it. */
  static async open(
    root: string,
    message: IngestScan,
    report: (event: SourceEvent) => void,
  ): Promise<PushedScan> {
    const spool = await ScanSpool.open(root, message);
    const { pass } = await spool.beginPass(message.pass);
    const scan = new PushedScan(spool, pass, message.pass, report);
    report({ type: 'scan', opening: spool.opening });
    for (const [number, each] of spool.passes()) {
      for (const range of each.ranges()) scan.#reportMeasured(range, number);
      for (const [scalar, name] of spool.scalars.entries()) {
        const values = await each.values(scalar);
        if (!values) continue;
        for (const range of each.ranges())
          for (const known of numbersIn(values, range)) scan.#reportValues(known, name, 0, values);
      }
    }
    return scan;
  }

  get id(): string {
    return this.#spool.id;
  }

  /** Whether its producer has said that nothing more comes. */
  get ended(): boolean {
    return this.#ended;
  }

  get pixels(): number {
    const [rows, columns] = this.#spool.scan.shape;
    return rows * columns;
  }

  /** Seconds one row takes, if the producer told the dwell time. */
  get secondsPerRow(): number | undefined {
    const { dwellSeconds, shape } = this.#spool.scan;
    return dwellSeconds === undefined ? undefined : dwellSeconds * shape[1];
  }

  /** Pixels written in the present pass. */
  get count(): number {
    return this.#pass.count;
  }

  get unsyncedBytes(): number {
    return this.#pass.unsyncedBytes;
  }

  get state(): Extract<IngestReply, { type: 'ack' }> {
    return { type: 'ack', next: this.#pass.next, synced: this.#pass.synced };
  }

  /**
   * @throws IngestFault when a message means a scan of another shape, energy axis, type or order
   */
  checkGeometry(message: IngestScan): void {
    this.#spool.checkGeometry(message);
  }

  /** A producer goes on, with the same pass or another. */
  resume(message: IngestScan): Promise<void> {
    return this.#exclusively(async () => {
      const { pass, isNews } = await this.#spool.beginPass(message.pass);
      this.#pass = pass;
      this.#passNumber = message.pass;
      this.#ended = false;
      if (isNews) this.#report({ type: 'pass', pass: message.pass, opening: this.#spool.opening });
    });
  }

  /**
   * Writes spectra and reports those that are new.
   * @throws IngestFault, InputError, or the file system's error
   */
  record(message: IngestSpectra): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#ended || this.#closed) this.#refuse('spectra');
      const parts = this.#check(message);
      const scalars = scalarsOf(message);
      const range = { first: message.first, end: message.first + message.count };
      const numbers = await this.#spool.numbersOf(scalars.map(([name]) => name));
      const numbered = new Map(scalars.map(([, values], index) => [numbers[index], values]));
      const { written, conflict } = await this.#pass.write(range, parts, numbered);
      if (written.length > 0) this.#endReported = false;
      for (const each of written) {
        this.#reportMeasured(each, this.#passNumber);
        for (const [name, values] of scalars) this.#reportValues(each, name, message.first, values);
      }
      if (conflict !== undefined)
        throw new IngestFault(
          'conflict',
          `spectra: data: pixel ${conflict} is recorded already with other content, which is kept`,
        );
    });
  }

  /** Ends the scan once everything is on disk. */
  end(status: IngestEnd['status']): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#closed) this.#refuse('end');
      await this.#spool.sync();
      this.#ended = true;
      if (!this.#endReported) this.#report({ type: 'end', status });
      this.#endReported = true;
    });
  }

  async sync(): Promise<void> {
    if (!this.#closed) await this.#pass.sync();
  }

  /** Waits for what is under way, puts it on disk and closes the files. */
  close(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await this.#spool.sync().finally(() => this.#spool.close());
    });
  }

  remove(): Promise<void> {
    return this.#spool.remove();
  }

  #refuse(message: string): never {
    throw new IngestFault('sequence', `${message}: ${this.id} is over; expected a "scan" before it`);
  }

  #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** @returns the bytes of the core and, where it is recorded, the low loss */
  #check({ first, count, data, lowLoss }: IngestSpectra): Uint8Array[] {
    const { scan, recordSize } = this.#spool;
    if (first + count > this.pixels)
      throw new IngestFault(
        'range',
        `spectra: first: expected pixels within the ${this.pixels} of the scan, found ${first} to ${first + count - 1}`,
      );
    const parts: Uint8Array[] = [];
    const add = (field: string, bytes: Uint8Array | undefined, size: number, part: typeof scan.lowLoss) => {
      const found = bytes?.byteLength ?? 0;
      if (found !== count * size)
        throw new IngestFault(
          'length',
          `spectra: ${field}: expected ${count * size} bytes (${count} × ${size}), found ${found}`,
        );
      if (!bytes || !part) return;
      try {
        checkNumbers(bytes, part.dtype, part.channels, first, field);
      } catch (error) {
        throw error instanceof InputError ? new IngestFault('value', error.message) : error;
      }
      parts.push(bytes);
    };
    add('data', data, recordSize.core, scan);
    add('lowLoss', lowLoss, recordSize.lowLoss, scan.lowLoss);
    return parts;
  }

  #reportMeasured({ first, end }: RecordRange, pass: number): void {
    for (const range of pixelRangesOfRecords(this.#order, first, end))
      this.#report({ type: 'measured', ...range, pass });
  }

  /** Values of one pass come in the order of acquisition; their means over the passes are reported by pixel. */
  #reportValues({ first, end }: RecordRange, name: string, firstValue: number, values: Float32Array): void {
    const known = this.#means.get(name) ?? new ScalarMeans(this.pixels);
    this.#means.set(name, known);
    const means = known.add(first, values.subarray(first - firstValue, end - firstValue));
    for (const range of pixelRangesOfRecords(this.#order, first, end)) {
      const inOrder = new Float32Array(range.count);
      for (let index = 0; index < range.count; index++)
        inOrder[index] = means[recordIndexOfPixel(this.#order, range.first + index) - first];
      this.#report({ type: 'channel', name, first: range.first, values: inOrder });
    }
  }
}

function scalarsOf({ channels = {}, dwell, count }: IngestSpectra): [string, Float32Array][] {
  const scalars = Object.entries(channels).map(([name, values]): [string, Float32Array] => [
    name,
    scalarValues(values, count, `channels.${name}`),
  ]);
  if (dwell) scalars.push(['dwell', scalarValues(dwell, count, 'dwell')]);
  return scalars;
}

/** Runs of values that are numbers. */
function* numbersIn(values: Float32Array, { first, end }: RecordRange): Generator<RecordRange> {
  for (let from = first; from < end; from++) {
    if (Number.isNaN(values[from])) continue;
    let to = from + 1;
    while (to < end && !Number.isNaN(values[to])) to++;
    yield { first: from, end: to };
    from = to;
  }
}
