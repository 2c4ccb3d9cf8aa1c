import type { IngestErrorCode } from '../../../protocol/ingest.ts';
import { TaskQueue } from '../../formats/task-queue.ts';
import { steadyClock } from '../../sessions/journal/steady-clock.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import type { ScanDescription } from '../../sessions/scan-description.ts';
import type { SessionStore } from '../../sessions/session-store.ts';
import { EventQueue } from '../event-queue.ts';
import { type PlanSource, withoutPlan } from '../plan-source.ts';
import { type PlaceRescan, placeByRegistration } from '../rescans/place-rescan.ts';
import type { Source, SourceEvent } from '../source.ts';
import { OpenRecordings } from './open-recordings.ts';
import { RecorderAlerts } from './recorder-alerts.ts';
import type { Recording } from './recording.ts';
import type { ScalarCheck } from './scalar-check.ts';
import type { Sender } from './sender.ts';

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
  /** A sender that has brought no spectra for this long (and for 40 rows) can be replaced by another one's scan. */
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

/**
 * Records scans that do not come from files, one at a time, each into a session, and reports them as a source. One place for what
 * all such sources need: who sends, stalls, gaps, room on the disk, and when data are put on disk. States: recording, until
 * `close`; then nothing more is taken.
 */
export class Recorder implements Source {
  readonly description: string;
  readonly #temporary: boolean;
  readonly #stallMs: number;
  readonly #forsakenMs: number;
  readonly #events = new EventQueue();
  readonly #timer: NodeJS.Timeout;
  readonly #alerts = new RecorderAlerts((event) => this.#events.push(event));
  readonly #recordings: OpenRecordings;
  /** Knows the plan of the scan on show. */
  plans: PlanSource = withoutPlan;
  /** By default there is room for all. */
  checkScalars: ScalarCheck = () => {};
  #sender: Sender | undefined;
  readonly #openings = new TaskQueue();
  #newestAt = performance.now();
  /** Since the scan has ended: how long ago that is must not depend on a clock that is set. */
  #clock: () => number = Date.now;
  #stalled = false;
  /** What was reported last, and of which scan. */
  #reported: { of?: Recording; spectra: number; onDisk: number } = { spectra: 0, onDisk: 0 };
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
    this.description = description;
    this.#temporary = temporary;
    this.#stallMs = stallMs;
    this.#forsakenMs = forsakenMs;
    this.#recordings = new OpenRecordings({
      store,
      description,
      temporary,
      alerts: this.#alerts,
      plan: () => this.plans.planReply(),
      scanOptions: () => ({
        report: (event) => this.#events.push(event),
        kept: !temporary,
        place,
        checkScalars: (scan, scalars) => this.checkScalars(scan, scalars),
        progressed: (title, share) => this.#alerts.progressed(title, share),
      }),
    });
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
    return this.#openings.add(() => this.#open(scan, sender));
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
    if (scan !== this.#recordings.scan) this.#recordings.settle();
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
    const { active } = this.#recordings;
    if (active?.ended === false && !this.#closed && !isKnown) this.#alerts.disconnected(active.id);
  }

  /** Puts everything on disk; what is under way is finished. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      clearInterval(this.#timer);
      await this.#openings.idle();
      await this.#recordings.close();
    })();
    return this.#closed;
  }

  async #open(scan: ScanDescription, sender: Sender): Promise<Recording> {
    const { active } = this.#recordings;
    const other = this.#sender === sender ? undefined : this.#sender;
    const isSame = active?.goesOnWith(scan, this.#clock()) === true;
    const isForsaken = active !== undefined && this.#isSilent(active, this.#forsakenMs, FORSAKEN_ROWS);
    const isTaken = other?.isOpen === true && !isForsaken;
    if (active && !isSame && !active.ended && isTaken)
      throw new RecordingFault('busy', `scan: id: ${active.id} is being recorded; expected it to end first`);
    if (isSame) active.checkGeometry(scan);
    const parent = isSame ? undefined : await this.#recordings.parentOf(scan);
    // What an older connection still has to say could belong to another pass or scan.
    if (isSame) other?.replaced('replaced by a newer connection for the same scan');
    else if (!isTaken) other?.replaced('silent, and another producer begins a scan');
    if (isSame) await active.resume(scan);
    const recording = isSame ? active : await this.#recordings.begin(scan, parent);
    this.#clock = Date.now;
    this.#sender = sender;
    this.#newestAt = performance.now();
    this.#stalled = false;
    this.#alerts.clear('sender');
    return recording;
  }

  #tick(): void {
    const scan = this.#recordings.active;
    if (!scan) return;
    this.#sync(scan);
    this.#sender?.acknowledge();
    if (scan.ended || this.#stalled || !this.#isSilent(scan, this.#stallMs, STALL_ROWS)) return;
    this.#stalled = true;
    if (scan === this.#recordings.scan) this.#events.push({ type: 'stalled' });
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
    const { scan } = this.#recordings;
    if (!scan || recording !== scan) return;
    const { spectra, onDisk } = scan.watermarks;
    const last = this.#reported.of === scan ? this.#reported : { spectra: 0, onDisk: 0 };
    if (spectra === last.spectra && onDisk === last.onDisk) return;
    this.#reported = { of: scan, spectra, onDisk };
    this.#events.push({ type: 'recorded', spectra, onDisk });
  }
}
