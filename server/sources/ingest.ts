import { mkdtempSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { WebSocket } from 'ws';
import { type Alert, BYTES_PER_SAMPLE } from '../../protocol/index.ts';
import type { IngestEnd, IngestErrorCode, IngestScan } from '../../protocol/ingest.ts';
import { checkScanSize } from '../formats/scan-limits.ts';
import { EventQueue } from './event-queue.ts';
import { IngestFault } from './ingest-fault.ts';
import { Producer, type ProducerHost, type ProducerLimits } from './producer.ts';
import { PushedScan } from './pushed-scan.ts';
import type { Source, SourceEvent } from './source.ts';

export interface IngestOptions {
  /**
   * Existing folder for the spool; what it holds is kept, and producers go on with it after a restart. Without one, a
   * temporary folder is made and removed at the end.
   */
  directory?: string;
  /** Largest scan that is taken, all passes. */
  maxSpoolBytes?: number;
  /** Without spectra for this long (and for 20 rows) a scan is called stalled. */
  stallMs?: number;
  limits?: Partial<ProducerLimits>;
}

export interface Ingest {
  readonly source: Source;
  /** Takes over a socket on which a producer speaks. */
  accept(ws: WebSocket): void;
  /** Ends all connections, puts everything on disk and removes a temporary spool. */
  close(): Promise<void>;
}

const LIMITS: ProducerLimits = { pendingBytes: 16 * 2 ** 20, unsentBytes: 256 * 1024 };
const MOST_SPOOL_BYTES = 64 * 2 ** 30;
/** Data are put on disk after this many bytes or milliseconds, whichever comes first. */
const SYNC_BYTES = 8 * 2 ** 20;
const SYNC_MS = 1000;
const STALL_MS = 5000;
/**
 * Every message is a fresh buffer. Where a heap may grow by a fraction of its ten megabytes, all of it is searched for garbage
 * for every ten megabytes received: fourteen times a second at 35 000 spectra/s, a seventh of the program's work.
 */
const HEAP_GROWTH_PERCENT = 400;
/** Scans that are over but may still be read, beside the present one. */
const KEPT_SCANS = 1;
/** Alerts of the same kind replace each other. */
const ALERT = {
  fault: 'ingest-fault',
  storage: 'ingest-storage',
  producer: 'ingest-producer',
  gaps: 'ingest-gaps',
  space: 'ingest-space',
};

/** Takes spectra that producers push (`/ingest`, see protocol/README.md) and reports them as a source. */
export function createIngest(options: IngestOptions = {}): Ingest {
  return new SpoolingIngest(options);
}

class SpoolingIngest implements Ingest, ProducerHost, Source {
  readonly description = 'producers on /ingest';
  readonly #options: IngestOptions;
  readonly #root: string;
  readonly #isOwnRoot: boolean;
  readonly #events = new EventQueue();
  readonly #producers = new Set<Producer>();
  readonly #timer: NodeJS.Timeout;
  readonly #raised = new Set<string>();
  #scan: PushedScan | undefined;
  #producer: Producer | undefined;
  #over: PushedScan[] = [];
  #opening: Promise<unknown> = Promise.resolve();
  #newestAt = performance.now();
  #stalled = false;
  #stopped: Promise<void> | undefined;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#isOwnRoot = options.directory === undefined;
    setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
    this.#root = options.directory ?? mkdtempSync(join(tmpdir(), 'eelwatch-spool-'));
    if (this.#isOwnRoot) process.once('exit', this.#removeRoot);
    this.#timer = setInterval(() => this.#tick(), SYNC_MS).unref();
  }

  get source(): Source {
    return this;
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    try {
      yield* this.#events.take(signal);
    } finally {
      await this.#stop();
    }
  }

  accept(ws: WebSocket): void {
    const producer = new Producer(ws, this, { ...LIMITS, ...this.#options.limits });
    if (this.#stopped) producer.close(1001, 'the monitor stops');
    else this.#producers.add(producer);
  }

  async close(): Promise<void> {
    await this.#stop();
    process.off('exit', this.#removeRoot);
    if (this.#isOwnRoot) this.#removeRoot();
  }

  /** One after the other, so that of two producers with the same scan the later one finds the earlier. */
  openScan(message: IngestScan, producer: Producer): Promise<PushedScan> {
    const result = this.#opening.then(() => this.#openScan(message, producer));
    this.#opening = result.catch(() => {});
    return result;
  }

  recorded(scan: PushedScan): void {
    this.#newestAt = performance.now();
    this.#stalled = false;
    this.#clear(ALERT.storage);
    if (scan.unsyncedBytes > SYNC_BYTES) this.#sync(scan);
  }

  ended(scan: PushedScan, status: IngestEnd['status']): void {
    const missing = scan.pixels - scan.count;
    if (status === 'complete' && missing > 0)
      this.#raise(ALERT.gaps, 'warning', `${scan.id}: ended as complete with ${missing} pixels missing`);
    else this.#clear(ALERT.gaps);
  }

  refused(code: IngestErrorCode, message: string): void {
    if (code === 'storage')
      this.#raise(
        ALERT.storage,
        'error',
        message,
        'Free space on the disk of the spool; the producer can then go on',
      );
    else this.#raise(ALERT.fault, 'warning', `A producer was refused: ${message}`);
  }

  left(producer: Producer): void {
    this.#producers.delete(producer);
    if (this.#producer !== producer) return;
    this.#producer = undefined;
    if (this.#scan?.ended === false && !this.#stopped)
      this.#raise(
        ALERT.producer,
        'warning',
        `The producer of ${this.#scan.id} has disconnected`,
        'The scan goes on when it connects again',
      );
  }

  async #openScan(message: IngestScan, producer: Producer): Promise<PushedScan> {
    const active = this.#scan;
    const other = this.#producer === producer ? undefined : this.#producer;
    const isSame = active?.id === message.id;
    if (active && !isSame && !active.ended && other?.isOpen)
      throw new IngestFault('busy', `scan: id: ${active.id} is being recorded; expected it to end first`);
    if (isSame) active.checkGeometry(message);
    // What an older connection still has to say could belong to another pass or scan.
    if (isSame || !other?.isOpen) other?.close(4000, 'replaced by a newer connection for the same scan');
    if (isSame) await active.resume(message);
    const scan = isSame ? active : await this.#openNew(message);
    this.#producer = producer;
    this.#newestAt = performance.now();
    this.#stalled = false;
    this.#clear(ALERT.producer);
    return scan;
  }

  async #openNew(message: IngestScan): Promise<PushedScan> {
    checkScanSize('scan', message.shape, Math.max(message.channels, message.lowLoss?.channels ?? 1));
    await this.#checkSpace(message);
    if (this.#scan && !this.#scan.ended) await this.#scan.end('aborted');
    const before = this.#scan;
    const scan = await PushedScan.open(this.#root, message, (event) => this.#events.push(event));
    this.#scan = scan;
    for (const id of [ALERT.gaps, ALERT.fault]) this.#clear(id);
    if (before) await this.#retire(before, scan);
    return scan;
  }

  /** Analysis may still be reading what is over; a temporary spool need not keep more than that. */
  async #retire(before: PushedScan, present: PushedScan): Promise<void> {
    await before.close().catch((error: Error) => this.refused('storage', `spool: ${error.message}`));
    this.#over = [...this.#over.filter(({ id }) => id !== before.id && id !== present.id), before];
    const gone = this.#over.splice(0, this.#over.length - KEPT_SCANS);
    if (this.#isOwnRoot) for (const scan of gone) await scan.remove();
  }

  async #checkSpace(message: IngestScan): Promise<void> {
    const sizeOf = ({ channels, dtype }: Pick<IngestScan, 'channels' | 'dtype'>) =>
      channels * BYTES_PER_SAMPLE[dtype];
    const perPixel = sizeOf(message) + (message.lowLoss ? sizeOf(message.lowLoss) : 0);
    const bytes =
      perPixel * message.shape[0] * message.shape[1] * Math.max(message.passes ?? 1, message.pass + 1);
    const { maxSpoolBytes = MOST_SPOOL_BYTES } = this.#options;
    if (bytes > maxSpoolBytes)
      throw new IngestFault(
        'storage',
        `scan: shape: expected at most ${maxSpoolBytes} bytes, found ${bytes}`,
      );
    const { bavail, bsize } = await statfs(this.#root);
    this.#clear(ALERT.space);
    if (bytes > bavail * bsize)
      this.#raise(
        ALERT.space,
        'warning',
        `${message.id} needs ${bytes} bytes, but its spool has ${bavail * bsize} left`,
      );
  }

  #tick(): void {
    const scan = this.#scan;
    if (!scan) return;
    this.#sync(scan);
    this.#producer?.acknowledge();
    const { stallMs = STALL_MS } = this.#options;
    const patience = Math.max(stallMs, 20_000 * (scan.secondsPerRow ?? 0));
    if (scan.ended || this.#stalled || performance.now() - this.#newestAt < patience) return;
    this.#stalled = true;
    this.#events.push({ type: 'stalled' });
  }

  #sync(scan: PushedScan): void {
    scan
      .sync()
      .then(() => this.#producer?.acknowledge())
      .catch((error: Error) => this.refused('storage', `spool: cannot be put on disk (${error.message})`));
  }

  #raise(id: string, severity: Alert['severity'], message: string, tip?: string): void {
    this.#raised.add(id);
    this.#events.push({ type: 'alert', alert: { id, severity, message, ...(tip !== undefined && { tip }) } });
  }

  #clear(id: string): void {
    if (this.#raised.delete(id)) this.#events.push({ type: 'alert-cleared', id });
  }

  #stop(): Promise<void> {
    this.#stopped ??= (async () => {
      clearInterval(this.#timer);
      for (const producer of this.#producers) producer.close(1001, 'the monitor stops');
      await this.#opening;
      await this.#scan?.close();
    })();
    return this.#stopped;
  }

  readonly #removeRoot = (): void => rmSync(this.#root, { recursive: true, force: true });
}
