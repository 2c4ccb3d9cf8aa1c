import type { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import type { WebSocket } from 'ws';
import { type IngestErrorCode, type IngestScan, scanOf } from '../../../protocol/ingest.ts';
import type { PlanReply } from '../../../protocol/plan.ts';
import { checkScanSize } from '../../formats/scan-limits.ts';
import type { ScanDescription } from '../../sessions/scan-description.ts';
import { acceptedOnly, type PlanSource } from '../plan-source.ts';
import { Recorder, type RecorderOptions } from '../recording/recorder.ts';
import type { Recording } from '../recording/recording.ts';
import type { ScalarCheck } from '../recording/scalar-check.ts';
import type { Source, SourceEvent } from '../source.ts';
import { Producer, type ProducerHost, type ProducerLimits } from './producer.ts';

export interface IngestOptions extends Omit<RecorderOptions, 'description'> {
  limits?: Partial<IngestLimits>;
}

export interface IngestLimits extends ProducerLimits {
  producers: number;
  /** Bytes that all producers together have sent and that are not worked off. */
  heldBytes: number;
}

export interface Ingest {
  readonly source: Source;
  /**
   * Makes room for another producer, where one that sends no scan has been silent.
   * @returns why there is none; undefined where there is
   */
  refusal(): string | undefined;
  /**
   * Takes over a socket on which a producer speaks.
   * @param wire what it runs over
   */
  accept(ws: WebSocket, wire: Socket): void;
  /** Producers that ask what to scan next are answered by these from now on. */
  answerWith(plans: PlanSource): void;
  /** Scalar signals are held against `check` before anything is allocated for them. */
  admitScalars(check: ScalarCheck): void;
  /** Ends all connections and puts everything on disk. */
  close(): Promise<void>;
}

const LIMITS: IngestLimits = {
  producers: 8,
  // One message as large as there may be, and as much again as waits to be written.
  heldBytes: 96 * 2 ** 20,
  pendingBytes: 16 * 2 ** 20,
  pendingMessages: 1024,
  unsentBytes: 256 * 1024,
  firstBytes: 64 * 1024,
  firstMs: 10_000,
  stallMs: 10_000,
  messageMs: 120_000,
  perSecond: 200,
  smallFrames: 2000,
};
const WATCH_MS = 1000;
/**
 * Every message is a fresh buffer. Where a heap may grow by a fraction of its ten megabytes, all of it is searched for garbage
 * for every ten megabytes received: fourteen times a second at 35 000 spectra/s, a seventh of the program's work.
 */
const HEAP_GROWTH_PERCENT = 400;

/** Takes spectra that producers push (`/ingest`, see protocol/README.md), records them and reports them as a source. */
export function createIngest(options: IngestOptions): Ingest {
  return new RecordingIngest(options);
}

class RecordingIngest implements Ingest, ProducerHost, Source {
  readonly description = 'producers on /ingest';
  readonly #recorder: Recorder;
  readonly #limits: IngestLimits;
  readonly #producers = new Set<Producer>();
  readonly #timer: NodeJS.Timeout;
  readonly #now = () => performance.now();
  #stopped = false;

  constructor({ limits, ...options }: IngestOptions) {
    setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
    this.#recorder = new Recorder({ ...options, description: this.description });
    this.#limits = { ...LIMITS, ...limits };
    this.#timer = setInterval(() => this.#watch(), WATCH_MS).unref();
  }

  get source(): Source {
    return this;
  }

  async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
    try {
      yield* this.#recorder.events(signal);
    } finally {
      await this.close();
    }
  }

  refusal(): string | undefined {
    const { producers, firstMs } = this.#limits;
    const open = [...this.#producers].filter((producer) => producer.isOpen);
    if (open.length < producers) return undefined;
    const idle = open.filter((producer) => !producer.isSending && producer.silentMs > firstMs);
    if (idle.length === 0) return `${producers} producers are connected already`;
    const longest = idle.reduce((one, other) => (other.silentMs > one.silentMs ? other : one));
    longest.close(1013, 'silent, and another producer needs the connection');
    return undefined;
  }

  accept(ws: WebSocket, wire: Socket): void {
    const producer = new Producer(ws, wire, this, this.#limits, this.#now);
    if (this.#stopped) producer.close(1001, 'the monitor stops');
    else this.#producers.add(producer);
  }

  async close(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    for (const producer of this.#producers) producer.close(1001, 'the monitor stops');
    await this.#recorder.close();
  }

  async openScan(message: IngestScan, producer: Producer): Promise<Recording> {
    checkScanSize('scan', message.shape, Math.max(message.channels, message.lowLoss?.channels ?? 1));
    return this.#recorder.open(descriptionOf(message), producer);
  }

  answerWith(plans: PlanSource): void {
    this.#recorder.plans = plans;
  }

  admitScalars(check: ScalarCheck): void {
    this.#recorder.checkScalars = check;
  }

  planReply(): PlanReply {
    return acceptedOnly(this.#recorder.plans.planReply());
  }

  recorded(scan: Recording): void {
    this.#recorder.recorded(scan);
  }

  ended(scan: Recording, status: 'complete' | 'aborted'): void {
    this.#recorder.ended(scan, status);
  }

  refused(code: IngestErrorCode, message: string): void {
    this.#recorder.refused(code, message);
  }

  /** Whoever makes the monitor hold most is sent away, where all together make it hold too much; one that sends a scan is last. */
  held(): void {
    let held = 0;
    for (const producer of this.#producers) held += producer.heldBytes;
    if (held <= this.#limits.heldBytes) return;
    const others = [...this.#producers].filter((producer) => !producer.isSending);
    const among = others.some(({ heldBytes }) => heldBytes > 0) ? others : [...this.#producers];
    const most = among.reduce((one, other) => (other.heldBytes > one.heldBytes ? other : one));
    most.close(
      1013,
      `producers have sent more than ${this.#limits.heldBytes} bytes that are not recorded yet`,
    );
  }

  #watch(): void {
    for (const producer of this.#producers) if (producer.isOpen) producer.watch();
  }

  left(producer: Producer): void {
    this.#producers.delete(producer);
    this.#recorder.left(producer);
  }
}

function descriptionOf(message: IngestScan): ScanDescription {
  const { order, pass, passes, started } = message;
  return {
    scan: scanOf(message),
    order,
    pass,
    ...(passes !== undefined && { passes }),
    ...(started !== undefined && { started }),
  };
}
