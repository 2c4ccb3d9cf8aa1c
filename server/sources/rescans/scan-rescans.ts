import { TaskQueue } from '../../formats/task-queue.ts';
import type { RescanNote, RescanRecord } from '../../sessions/rescans/rescan-record.ts';
import type { RescanWriter } from '../../sessions/rescans/rescan-writer.ts';
import type { ScanDescription } from '../../sessions/scan-description.ts';
import { geometryDifference } from '../../sessions/session-description.ts';
import type { SessionWriter } from '../../sessions/session-writer.ts';
import { takenOpening } from '../recording/taken-opening.ts';
import type { SourceEvent } from '../source.ts';
import { type PlaceRescan, placeByRegistration } from './place-rescan.ts';
import { isSameRescan, RecordedRescan } from './recorded-rescan.ts';
import type { RescanGeometry } from './rescan-geometry.ts';
import { settleRescans } from './settle-rescan.ts';

export interface ScanRescansOptions {
  session: SessionWriter;
  /** False for a session that is removed in the end. */
  kept: boolean;
  report: (event: SourceEvent) => void;
  /** Finds where rescans lie; default: by registering them. */
  place?: PlaceRescan;
  /** Told now and then how far a rescan is, 0–1. */
  progressed?: (title: string, share: number) => void;
  /** ISO 8601, UTC. */
  now: () => string;
}

/** The rescans of a scan that is recorded: begun, gone on with, and in the end added to the scan. */
export class ScanRescans {
  readonly #options: ScanRescansOptions;
  readonly #settling = new TaskQueue();
  #present: RecordedRescan | undefined;

  constructor(options: ScanRescansOptions) {
    this.#options = options;
  }

  /**
   * Goes on with a rescan, or begins one; what else was left open is over.
   * @param plan the accepted plan that it belongs to, and the number of its region
   */
  async open(
    announced: ScanDescription,
    { finer }: RescanGeometry,
    plan?: { number: number; region: number },
  ): Promise<RecordedRescan> {
    const { session, now, progressed = () => {} } = this.#options;
    const known = session.rescans.records.find(
      (record) => isSameRescan(record, announced, Date.now()) && !geometryDifference(record, announced),
    );
    for (const { file, status } of session.rescans.records)
      if (status === 'open' && file !== known?.file) await session.rescans.of(file).end('aborted', now());
    const writer = known ? session.rescans.of(known.file) : await this.#begin(announced, finer, plan);
    const rescan = new RecordedRescan(writer, {
      note: (note) => this.#note(note),
      progressed: (title, share) => {
        progressed(title, share);
        this.#tell(writer.record.scan, share, false);
      },
      now,
    });
    if (known) await rescan.resume();
    else this.#note(rescan.noteOf({ state: 'began' }));
    await this.#present?.close();
    this.#present = rescan;
    return rescan;
  }

  /** Tells of what was added before. */
  reportAdded(): void {
    const { session, kept, report } = this.#options;
    if (session.description.patches?.length)
      report({ type: 'rescan', opening: takenOpening(session, { kept }) });
  }

  /**
   * Adds what rescans that have ended have brought, one after the other.
   * @returns what became of each
   */
  settle(): Promise<RescanNote[]> {
    const { session, place = placeByRegistration([]) } = this.#options;
    return this.#settling.add(async () => {
      const notes = await settleRescans(session, place);
      for (const note of notes) this.#note(note);
      if (notes.some(({ rows = [] }) => rows.length > 0)) this.reportAdded();
      for (const { file, state } of notes)
        if (state !== 'goes on') this.#tell(session.rescans.of(file).record.scan, 1, true);
      return notes;
    });
  }

  /** Waits for what is under way; nothing more is taken. */
  async close(): Promise<void> {
    await this.#present?.close();
    await this.#settling.idle();
  }

  #begin(
    { scan, order, started }: ScanDescription,
    finer: number,
    plan: { number: number; region: number } | undefined,
  ): Promise<RescanWriter> {
    const { session, now } = this.#options;
    const { region } = scan;
    if (!region) throw new Error(`${scan.id} is no rescan`);
    return session.rescans.begin({
      scan: { ...scan, region },
      order,
      ...(started !== undefined && { started }),
      finer,
      ...(plan && { plan }),
      status: 'open',
      created: now(),
      signals: [],
    });
  }

  #tell({ id, region }: RescanRecord['scan'], share: number, over: boolean): void {
    const { y, x, height, width } = region;
    this.#options.report({ type: 'rescanning', id, region: { y, x, height, width }, share, over });
  }

  #note(note: RescanNote): void {
    this.#options.report({ type: 'rescan-noted', note });
  }
}
