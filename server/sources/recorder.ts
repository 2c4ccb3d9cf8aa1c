import type { Alert } from '../../protocol/index.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import type { ScanDescription } from '../sessions/scan-description.ts';
import { goesOn } from '../sessions/session-description.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { EventQueue } from './event-queue.ts';
import { RecordedScan } from './recorded-scan.ts';
import type { Source, SourceEvent } from './source.ts';

/** What sends a scan: a producer's connection, a detector's socket. */
export interface Sender {
  /** Whether more may come from it. */
  readonly isOpen: boolean;
  /** Another one sends its scan from now on. */
  replaced(): void;
  /** Tells it how far its scan is recorded. */
  acknowledge(): void;
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
}

/** Data are put on disk after this many bytes or milliseconds, whichever comes first. */
const SYNC_BYTES = 8 * 2 ** 20;
const SYNC_MS = 1000;
const STALL_MS = 5000;
/** Scans that are over but may still be read, beside the present one. */
const KEPT_SCANS = 1;
/** Alerts of the same kind replace each other. */
const ALERT = {
  fault: 'recorder-fault',
  storage: 'recorder-storage',
  sender: 'recorder-sender',
  gaps: 'recorder-gaps',
  space: 'recorder-space',
  folder: 'recorder-folder',
};

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
  readonly #events = new EventQueue();
  readonly #timer: NodeJS.Timeout;
  readonly #raised = new Set<string>();
  #scan: RecordedScan | undefined;
  #sender: Sender | undefined;
  #over: RecordedScan[] = [];
  #opening: Promise<unknown> = Promise.resolve();
  #newestAt = performance.now();
  #stalled = false;
  /** Those that were reported last. */
  #marks = { spectra: 0, onDisk: 0 };
  #closed: Promise<void> | undefined;

  constructor({ store, description, temporary = false, notice, stallMs = STALL_MS }: RecorderOptions) {
    this.#store = store;
    this.description = description;
    this.#temporary = temporary;
    this.#stallMs = stallMs;
    this.#timer = setInterval(() => this.#tick(), SYNC_MS).unref();
    if (notice !== undefined) this.#raise(ALERT.folder, 'warning', notice);
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    yield* this.#events.take(signal);
  }

  /**
   * Begins a scan or goes on with it; the one before, if it has not ended, is aborted.
   * @throws RecordingFault where another sender sends another scan, or the scan cannot be recorded
   */
  open(scan: ScanDescription, sender: Sender): Promise<RecordedScan> {
    // One after the other, so that of two senders with the same scan the later one finds the earlier.
    const result = this.#opening.then(() => this.#open(scan, sender));
    this.#opening = result.catch(() => {});
    return result;
  }

  /** Spectra have been written. */
  recorded(scan: RecordedScan): void {
    this.#newestAt = performance.now();
    this.#stalled = false;
    this.#clear(ALERT.storage);
    if (scan.unsyncedBytes > SYNC_BYTES) this.#sync(scan);
  }

  ended(scan: RecordedScan, status: 'complete' | 'aborted'): void {
    const missing = scan.pixels - scan.count;
    if (status === 'complete' && missing > 0)
      this.#raise(ALERT.gaps, 'warning', `${scan.id}: ended as complete with ${missing} pixels missing`);
    else this.#clear(ALERT.gaps);
  }

  /** Something that a sender was refused, or that cannot be written, for people. */
  refused(isStorage: boolean, message: string): void {
    if (isStorage)
      this.#raise(
        ALERT.storage,
        'error',
        message,
        'Free space on the disk of the recordings; the producer can then go on',
      );
    else this.#raise(ALERT.fault, 'warning', `A producer was refused: ${message}`);
  }

  /** The sender has gone. */
  left(sender: Sender): void {
    if (this.#sender !== sender) return;
    this.#sender = undefined;
    // One that was sent away since the disk is full tries again and again: that is said already.
    const isKnown = this.#raised.has(ALERT.storage);
    if (this.#scan?.ended === false && !this.#closed && !isKnown)
      this.#raise(
        ALERT.sender,
        'warning',
        `The producer of ${this.#scan.id} has disconnected`,
        'The scan goes on when it connects again',
      );
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

  async #open(scan: ScanDescription, sender: Sender): Promise<RecordedScan> {
    const active = this.#scan;
    const other = this.#sender === sender ? undefined : this.#sender;
    const isSame = active !== undefined && goesOn(active.description, scan, Date.now());
    if (active && !isSame && !active.ended && other?.isOpen)
      throw new RecordingFault('busy', `scan: id: ${active.id} is being recorded; expected it to end first`);
    if (isSame) active.checkGeometry(scan);
    // What an older connection still has to say could belong to another pass or scan.
    if (isSame || !other?.isOpen) other?.replaced();
    if (isSame) await active.resume(scan);
    const recorded = isSame ? active : await this.#openNew(scan);
    this.#sender = sender;
    this.#newestAt = performance.now();
    this.#stalled = false;
    this.#clear(ALERT.sender);
    return recorded;
  }

  async #openNew(scan: ScanDescription): Promise<RecordedScan> {
    const before = this.#scan;
    if (before && !before.ended) await before.end('aborted');
    // The session of the one before must be closed: with the same id it may be the same again.
    await before?.close().catch((error: Error) => this.refused(true, `session: ${error.message}`));
    const session = await this.#store.open(scan, this.description);
    const recorded = await RecordedScan.begin(session, scan.pass, {
      report: (event) => this.#events.push(event),
      kept: !this.#temporary,
    });
    this.#scan = recorded;
    this.#marks = { spectra: 0, onDisk: 0 };
    for (const id of [ALERT.gaps, ALERT.fault]) this.#clear(id);
    await this.#checkSpace(scan);
    if (before) await this.#retire(before, recorded);
    return recorded;
  }

  /** Analysis may still be reading what is over; what is not to be kept need not keep more than that. */
  async #retire(before: RecordedScan, present: RecordedScan): Promise<void> {
    this.#over = [...this.#over.filter(({ id }) => id !== before.id && id !== present.id), before];
    const gone = this.#over.splice(0, this.#over.length - KEPT_SCANS);
    if (this.#temporary) for (const scan of gone) await scan.remove();
  }

  async #checkSpace(scan: ScanDescription): Promise<void> {
    const bytes = SessionStore.bytesOf(scan);
    const free = await this.#store.freeBytes();
    this.#clear(ALERT.space);
    if (bytes > free)
      this.#raise(
        ALERT.space,
        'warning',
        `${scan.scan.id} needs ${megabytes(bytes)}, but the disk of the recordings has ${megabytes(free)} left`,
      );
  }

  #tick(): void {
    const scan = this.#scan;
    if (!scan) return;
    this.#sync(scan);
    this.#sender?.acknowledge();
    const patience = Math.max(this.#stallMs, 20_000 * (scan.secondsPerRow ?? 0));
    if (scan.ended || this.#stalled || performance.now() - this.#newestAt < patience) return;
    this.#stalled = true;
    this.#events.push({ type: 'stalled' });
  }

  #sync(scan: RecordedScan): void {
    scan
      .sync()
      .then(() => {
        this.#sender?.acknowledge();
        if (!this.#temporary) this.#reportRecorded(scan);
      })
      .catch((error: Error) => this.refused(true, `session: cannot be put on disk (${error.message})`));
  }

  #reportRecorded(scan: RecordedScan): void {
    if (scan !== this.#scan) return;
    const marks = scan.watermarks;
    if (marks.spectra === this.#marks.spectra && marks.onDisk === this.#marks.onDisk) return;
    this.#marks = marks;
    this.#events.push({ type: 'recorded', ...marks });
  }

  #raise(id: string, severity: Alert['severity'], message: string, tip?: string): void {
    this.#raised.add(id);
    this.#events.push({ type: 'alert', alert: { id, severity, message, ...(tip !== undefined && { tip }) } });
  }

  #clear(id: string): void {
    if (this.#raised.delete(id)) this.#events.push({ type: 'alert-cleared', id });
  }
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
