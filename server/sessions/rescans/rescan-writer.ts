import { pixelCount, type Scan } from '../../../protocol/index.ts';
import { pixelOfRecord } from '../../formats/scan-order.ts';
import { PassWriter, spectrumSize } from '../passes/pass-writer.ts';
import { withSignals } from '../passes/signal-numbers.ts';
import type { ScanDescription } from '../scan-description.ts';
import { sessionFiles } from '../session-files.ts';
import { writeRescanHeaders } from '../session-headers.ts';
import type { RescanRecord } from './rescan-record.ts';

/** Fields that are undefined are taken away. */
export type RescanChanges = { [Field in keyof RescanRecord]?: RescanRecord[Field] | undefined };

const REOPENED: RescanChanges = {
  status: 'open',
  ended: undefined,
  settled: undefined,
  refused: undefined,
};

export interface RescanWriterInput {
  /** Of the session. */
  folder: string;
  /** Whether the machine has run on since it was last written. */
  sameBoot: boolean;
  /** What the session says of it by now. */
  record: () => RescanRecord;
  /** Changes that, on disk first. */
  change: (changes: RescanChanges) => Promise<void>;
}

/**
 * The spectra of a rescan as files of their own in the session of its scan, written as those of a pass are. States: open, ended (goes
 * on with `reopen`), closed.
 */
export class RescanWriter {
  readonly pass: PassWriter;
  readonly #input: RescanWriterInput;

  private constructor(input: RescanWriterInput, pass: PassWriter) {
    this.#input = input;
    this.pass = pass;
  }

  static async open(input: RescanWriterInput): Promise<RescanWriter> {
    const { folder, record, sameBoot } = input;
    const { scan, order, file } = record();
    const files = sessionFiles(folder).rescan(file);
    const acquired = { shape: scan.shape, order, flybackColumns: 0 };
    const pass = await PassWriter.open({
      pixels: pixelCount(scan),
      size: spectrumSize(scan),
      pixelAt: (step) => pixelOfRecord(acquired, step) ?? step,
      paths: {
        core: files.core,
        lowLoss: files.lowLoss,
        ledger: files.ledger,
        signal: (signal) => files.signal(record().signals[signal].file),
      },
      sameBoot,
    });
    await writeRescanHeaders(folder, record());
    return new RescanWriter(input, pass);
  }

  get record(): RescanRecord {
    return this.#input.record();
  }

  get scan(): Scan {
    return this.record.scan;
  }

  get order(): ScanDescription['order'] {
    return this.record.order;
  }

  /** Number of each scalar signal, new ones among them. */
  async numbersOf(names: string[]): Promise<number[]> {
    const { signals: known } = this.record;
    const signals = withSignals(known, names);
    if (signals !== known) {
      await this.#input.change({ signals });
      await writeRescanHeaders(this.#input.folder, this.record);
    }
    return names.map((name) => signals.findIndex((each) => each.name === name));
  }

  /** More may come. */
  async reopen(): Promise<void> {
    if (this.record.status !== 'open') await this.#input.change(REOPENED);
  }

  /** It has ended and everything is on disk. */
  async end(status: 'complete' | 'aborted', now: string): Promise<void> {
    await this.pass.sync();
    await this.#input.change({ status, ended: now });
    await this.pass.release();
  }

  async close(): Promise<void> {
    await this.pass.release();
  }
}
