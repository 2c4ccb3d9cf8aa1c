import type { IngestErrorCode } from '../../../protocol/ingest.ts';
import { steadyClock } from '../../sessions/journal/steady-clock.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import type { ScanDescription } from '../../sessions/scan-description.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import { SessionWriter } from '../../sessions/session-writer.ts';
import { EventQueue } from '../event-queue.ts';
import { type PlanSource, planRegionOf, withoutPlan } from '../plan-source.ts';
import { type PlaceRescan, placeByRegistration } from '../rescans/place-rescan.ts';
import { findParent, insideParent, type RescanParent } from '../rescans/rescan-parent.ts';
import type { Source, SourceEvent } from '../source.ts';
import { RecordedScan, type RecordedScanOptions } from './recorded-scan.ts';
import { RecorderAlerts } from './recorder-alerts.ts';
import type { Recording } from './recording.ts';
import type { ScalarCheck } from './scalar-check.ts';

/** What sends a scan: a producer's connection, a detector's socket. */
export interface Sender {
  /** Whether more may come from it. */
  readonly isOpen: boolean;
  /** Another one sends from now on. */
  replaced(reason: string): void;
  /** Tells it how far its scan is recorded. */
  acknowledge(): void;
  /** What it has sent is lost: it is to connect again, and is told what is missing. */
  failed(reason: string): void;
}

export interface RecorderOptions {
  store: SessionStore;
  /** What is recorded, for people. */
  description: string;
  /** Sessions are removed once they are no longer read. */
  temporary?: boolean;
  /** Something about the folder that people should know. */
  notice?: string;
  /** Without spectra for this long (and for 20 rows) a scan is called stalled. */
  stallMs?: number;
  /** A sender that has brought no spectra for this long (and for 40 rows) gives way to another one's scan. */
  forsakenMs?: number;
  /** Finds where rescans lie in their scan; default: by registering them. */
  place?: PlaceRescan;
}

/** Data are put on disk after this many bytes or milliseconds, whichever comes first. */
const SYNC_BYTES = 8 * 2 ** 20;
const SYNC_MS = 1000;
const STALL_MS = 5000;
const STALL_ROWS = 20;
const FORSAKEN_MS = 60_000;
const FORSAKEN_ROWS = 40;
/** However long the rows are said to take. */
const MOST_PATIENCE_MS = 3_600_000;
/** Scans that are over but may still be read, beside the present one. */
const KEPT_SCANS = 1;
/**
 * Records scans that do not come from files, one at a time, each into a session, and reports them as a source. One place for what
 * all such sources need: who sends, stalls, gaps, room on the disk, and when data are put on disk. States: recording, until
 * `close`; then nothing more is taken.
 */
export class Recorder implements Source {
  readonly description: string;
  readonly #store: SessionStore;
  readonly #temporary: boolean;
  readonly #stallMs: number;
  readonly #forsakenMs: number;
  readonly #events = new EventQueue();
  readonly #timer: NodeJS.Timeout;
  readonly #alerts = new RecorderAlerts((event) => this.#events.push(event));
  readonly #place: PlaceRescan;
  /** Knows the plan of the scan on show. */
  plans: PlanSource = withoutPlan;
  /** By default there is room for all. */
  checkScalars: ScalarCheck = () => {};
  /** On show. */
  #scan: RecordedScan | undefined;
  /** What the sender sends: that, or a rescan of it. */
  #active: Recording | undefined;
  #sender: Sender | undefined;
  #over: RecordedScan[] = [];
  #opening: Promise<unknown> = Promise.resolve();
  #newestAt = performance.now();
  /** Since the scan has ended: how long ago that is must not depend on a clock that is set. */
  #clock: () => number = Date.now;
  #stalled = false;
  /** Those that were reported last. */
  #marks = { spectra: 0, onDisk: 0 };
  #closed: Promise<void> | undefined;

  constructor({
    store,
    description,
    temporary = false,
    notice,
    stallMs = STALL_MS,
    forsakenMs = FORSAKEN_MS,
    place = placeByRegistration([]),
  }: RecorderOptions) {
    this.#store = store;
    this.description = description;
    this.#temporary = temporary;
    this.#stallMs = stallMs;
    this.#forsakenMs = forsakenMs;
    this.#place = place;
    this.#timer = setInterval(() => this.#tick(), SYNC_MS).unref();
    if (notice !== undefined) this.#alerts.notice(notice);
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    yield* this.#events.take(signal);
  }

  /**
   * Begins a scan or goes on with it; the one before, if it has not ended, is aborted.
   * @throws RecordingFault where another sender sends another scan, or the scan cannot be recorded
   */
  open(scan: ScanDescription, sender: Sender): Promise<Recording> {
    // One after the other, so that of two senders with the same scan the later one finds the earlier.
    const result = this.#opening.then(() => this.#open(scan, sender));
    this.#opening = result.catch(() => {});
    return result;
  }

  /** Spectra have been written. */
  recorded(scan: Recording): void {
    this.#newestAt = performance.now();
    this.#stalled = false;
    this.#alerts.clear('storage');
    if (scan.unsyncedBytes > SYNC_BYTES) this.#sync(scan);
  }

  ended(scan: Recording, status: 'complete' | 'aborted'): void {
    this.#clock = steadyClock();
    if (scan !== this.#scan) this.#settle(this.#scan);
    const missing = scan.pixels - scan.count;
    if (status === 'complete' && missing > 0) this.#alerts.gaps(scan.id, missing);
    else this.#alerts.clear('gaps');
  }

  /**
   * Something that a sender was refused, for people and to be counted.
   * @param code `storage`: it cannot be written
   */
  refused(code: IngestErrorCode, message: string): void {
    this.#events.push({ type: 'refused', code });
    if (code === 'storage') this.#alerts.cannotWrite(message);
    else this.#alerts.refused(message);
  }

  /** The sender has gone. */
  left(sender: Sender): void {
    if (this.#sender !== sender) return;
    this.#sender = undefined;
    // One that was sent away since the disk is full tries again and again: that is said already.
    const isKnown = this.#alerts.saysStorage;
    if (this.#active?.ended === false && !this.#closed && !isKnown)
      this.#alerts.disconnected(this.#active.id);
  }

  /** Puts everything on disk; what is under way is finished. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      clearInterval(this.#timer);
      await this.#opening;
      await this.#scan?.close();
    })();
    return this.#closed;
  }

  async #open(scan: ScanDescription, sender: Sender): Promise<Recording> {
    const active = this.#active;
    const other = this.#sender === sender ? undefined : this.#sender;
    const isSame = active?.goesOnWith(scan, this.#clock()) === true;
    const isForsaken = active !== undefined && this.#isSilent(active, this.#forsakenMs, FORSAKEN_ROWS);
    const isTaken = other?.isOpen === true && !isForsaken;
    if (active && !isSame && !active.ended && isTaken)
      throw new RecordingFault('busy', `scan: id: ${active.id} is being recorded; expected it to end first`);
    if (isSame) active.checkGeometry(scan);
    const parent = isSame ? undefined : await findParent(scan, this.#scan, this.#store);
    // What an older connection still has to say could belong to another pass or scan.
    if (isSame) other?.replaced('replaced by a newer connection for the same scan');
    else if (!isTaken) other?.replaced('silent, and another producer begins a scan');
    if (isSame) await active.resume(scan);
    const recording = isSame ? active : await this.#openNext(scan, parent);
    this.#active = recording;
    this.#clock = Date.now;
    this.#sender = sender;
    this.#newestAt = performance.now();
    this.#stalled = false;
    this.#alerts.clear('sender');
    return recording;
  }

  async #openNext(scan: ScanDescription, parent: RescanParent | 'unknown' | undefined): Promise<Recording> {
    this.#alerts.clear('region');
    if (parent === 'unknown') this.#alerts.unknownParent(scan);
    if (parent === undefined || parent === 'unknown') return this.#openNew(scan);
    return parent.geometry.isAdded
      ? this.#openRescan(scan, parent)
      : this.#openNew(insideParent(scan, parent));
  }

  async #openRescan(scan: ScanDescription, parent: RescanParent): Promise<Recording> {
    this.#store.checkSize(scan);
    if (this.#scan?.folder === parent.folder) await this.#endActive();
    else await this.#show((options) => reopen(parent, options));
    const shown = this.#scan;
    if (!shown) throw new Error(`${parent.folder} is not on show`);
    const plan = planRegionOf(scan.scan.region, this.plans.planReply());
    const rescan = await shown.rescans.open(scan, parent.geometry, plan);
    // What was left open before it is over, and may be added meanwhile.
    this.#settle(shown);
    this.#alerts.space(scan, await this.#store.freeBytes());
    return rescan;
  }

  async #openNew(scan: ScanDescription): Promise<RecordedScan> {
    const recorded = await this.#show(async (options) =>
      RecordedScan.begin(await this.#store.open(scan, this.description), scan.pass, options),
    );
    this.#settle(recorded);
    this.#alerts.space(scan, await this.#store.freeBytes());
    return recorded;
  }

  /** Puts a scan on show in place of the one before. */
  async #show(open: (options: RecordedScanOptions) => Promise<RecordedScan>): Promise<RecordedScan> {
    const before = this.#scan;
    await this.#endActive();
    // The session of the one before must be closed: with the same id it may be the same again.
    await before?.close().catch((error: Error) => this.#alerts.cannotWrite(`session: ${error.message}`));
    const recorded = await open(this.#scanOptions);
    this.#scan = this.#active = recorded;
    this.#marks = { spectra: 0, onDisk: 0 };
    this.#alerts.clear('gaps', 'fault', 'rescan');
    if (before) await this.#retire(before, recorded);
    return recorded;
  }

  /** What another takes the place of is over. */
  async #endActive(): Promise<void> {
    if (this.#active?.ended === false) await this.#active.end('aborted');
    if (this.#scan?.ended === false) await this.#scan.end('aborted');
  }

  get #scanOptions(): RecordedScanOptions {
    return {
      report: (event) => this.#events.push(event),
      kept: !this.#temporary,
      place: this.#place,
      checkScalars: (scan, scalars) => this.checkScalars(scan, scalars),
      progressed: (title, share) => this.#alerts.progressed(title, share),
    };
  }

  /** Adds to a scan what its rescans have brought. */
  #settle(scan: RecordedScan | undefined): void {
    scan?.rescans.settle().then(
      (notes) => {
        for (const note of notes) this.#alerts.settled(note);
      },
      (error: Error) => this.#alerts.cannotWrite(`session: a rescan cannot be added (${error.message})`),
    );
  }

  /** Analysis may still be reading what is over; what is not to be kept need not keep more than that. */
  async #retire(before: RecordedScan, present: RecordedScan): Promise<void> {
    this.#over = [...this.#over.filter(({ id }) => id !== before.id && id !== present.id), before];
    const gone = this.#over.splice(0, this.#over.length - KEPT_SCANS);
    if (this.#temporary) for (const scan of gone) await scan.remove();
  }

  #tick(): void {
    const scan = this.#active;
    if (!scan) return;
    this.#sync(scan);
    this.#sender?.acknowledge();
    if (scan.ended || this.#stalled || !this.#isSilent(scan, this.#stallMs, STALL_ROWS)) return;
    this.#stalled = true;
    if (scan === this.#scan) this.#events.push({ type: 'stalled' });
  }

  /** Whether no spectra of a scan have come for a time, and for as long as some rows take. */
  #isSilent({ secondsPerRow = 0 }: Recording, ms: number, rows: number): boolean {
    const patience = Math.max(ms, Math.min(1000 * rows * secondsPerRow, MOST_PATIENCE_MS));
    return performance.now() - this.#newestAt >= patience;
  }

  #sync(scan: Recording): void {
    scan
      .sync()
      .then(() => {
        this.#sender?.acknowledge();
        if (!this.#temporary) this.#reportRecorded(scan);
      })
      .catch((error: Error) => {
        const message = `session: cannot be put on disk (${error.message})`;
        this.#alerts.cannotWrite(message);
        if (error instanceof RecordingFault) this.#sender?.failed(message);
      });
  }

  #reportRecorded(recording: Recording): void {
    const scan = this.#scan;
    if (!scan || recording !== scan) return;
    const marks = scan.watermarks;
    if (marks.spectra === this.#marks.spectra && marks.onDisk === this.#marks.onDisk) return;
    this.#marks = marks;
    this.#events.push({ type: 'recorded', ...marks });
  }
}

/** A scan that was recorded before is on show again, for a rescan of it. */
async function reopen(
  { folder, description }: RescanParent,
  options: RecordedScanOptions,
): Promise<RecordedScan> {
  const session = await SessionWriter.reopen(folder, description);
  return RecordedScan.reopen(session, options).catch(async (error: unknown) => {
    await session.close();
    throw error;
  });
}
