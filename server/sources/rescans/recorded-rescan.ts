import { isDeepStrictEqual } from 'node:util';
import { pixelCount } from '../../../protocol/index.ts';
import { TaskQueue } from '../../formats/task-queue.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import { type RescanNote, rescanTitle } from '../../sessions/rescans/rescan-record.ts';
import type { RescanWriter } from '../../sessions/rescans/rescan-writer.ts';
import type { ScanDescription, SpectraBlock } from '../../sessions/scan-description.ts';
import { geometryDifference, goesOn } from '../../sessions/session-description.ts';
import { recordBlock } from '../recording/record-block.ts';
import { type RecordedState, type Recording, secondsPerRow } from '../recording/recording.ts';
import { noteOf } from './settle-rescan.ts';

export interface RecordedRescanOptions {
  note: (note: RescanNote) => void;
  /** Told now and then how far it is, 0–1. */
  progressed: (title: string, share: number) => void;
  /** ISO 8601, UTC. */
  now: () => string;
}

/** Steps in which progress is told. */
const STEPS = 20;

/** A rescan that is recorded into the session of its scan as it arrives. Calls are worked off one after the other. */
export class RecordedRescan implements Recording {
  readonly #writer: RescanWriter;
  readonly #options: RecordedRescanOptions;
  readonly #tasks = new TaskQueue();
  #told = -1;
  #closed = false;

  constructor(writer: RescanWriter, options: RecordedRescanOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#tell();
  }

  get id(): string {
    return this.#writer.scan.id;
  }

  /** What it is called, for people. */
  get title(): string {
    return rescanTitle(this.#writer.record);
  }

  get ended(): boolean {
    return this.#writer.record.status !== 'open';
  }

  get pixels(): number {
    return pixelCount(this.#writer.scan);
  }

  get count(): number {
    return this.#writer.pass.count;
  }

  get secondsPerRow(): number | undefined {
    return secondsPerRow(this.#writer.scan);
  }

  get unsyncedBytes(): number {
    return this.#writer.pass.unsyncedBytes;
  }

  get state(): RecordedState {
    return { next: this.#writer.pass.next, synced: this.#writer.pass.synced };
  }

  /** The same id may stand for another region next: then it is another rescan. */
  goesOnWith(scan: ScanDescription, now: number): boolean {
    return isSameRescan(this.#writer.record, scan, now);
  }

  checkGeometry(scan: ScanDescription): void {
    const difference = geometryDifference(this.#writer.record, scan);
    if (!difference) return;
    const [before, found] = [JSON.stringify(difference.known), JSON.stringify(difference.found)];
    throw new RecordingFault(
      'geometry',
      `scan: ${difference.field}: expected ${before} as when "${this.id}" began, found ${found}`,
    );
  }

  resume(): Promise<void> {
    return this.#tasks.add(async () => {
      await this.#writer.reopen();
      this.#options.note(this.noteOf({ state: 'goes on' }));
    });
  }

  record(block: SpectraBlock): Promise<void> {
    return this.#tasks.add(async () => {
      if (this.ended || this.#closed)
        throw new RecordingFault('sequence', `spectra: ${this.id} is over; expected a "scan" before it`);
      await recordBlock(this.#writer, block, () => {}).finally(() => this.#tell());
    });
  }

  end(status: 'complete' | 'aborted'): Promise<void> {
    return this.#tasks.add(async () => {
      if (this.#closed)
        throw new RecordingFault('sequence', `end: ${this.id} is over; expected a "scan" before it`);
      if (this.ended) return;
      await this.#writer.end(status, this.#options.now());
      this.#options.note(this.noteOf({ state: 'ended', status }));
    });
  }

  async sync(): Promise<void> {
    if (!this.#closed) await this.#writer.pass.sync();
  }

  /** Waits for what is under way; nothing more is taken. */
  close(): Promise<void> {
    return this.#tasks.add(async () => {
      this.#closed = true;
    });
  }

  /** What is to be said of it. */
  noteOf(what: Pick<RescanNote, 'state'> & Partial<RescanNote>): RescanNote {
    return noteOf(this.#writer.record, this.#writer.pass, what);
  }

  #tell(): void {
    const step = Math.floor((STEPS * this.count) / this.pixels);
    if (step === this.#told) return;
    this.#told = step;
    this.#options.progressed(this.title, step / STEPS);
  }
}

/** Whether a rescan that is announced goes on with one that is recorded: as for scans, and it must be the same region. */
export const isSameRescan = (
  record: Pick<RescanWriter['record'], 'scan' | 'started' | 'ended'>,
  found: ScanDescription,
  now: number,
): boolean => goesOn(record, found, now) && isDeepStrictEqual(record.scan.region, found.scan.region);
