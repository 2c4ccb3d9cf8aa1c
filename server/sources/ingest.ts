import { setFlagsFromString } from 'node:v8';
import type { WebSocket } from 'ws';
import { type IngestErrorCode, type IngestScan, scanOf } from '../../protocol/ingest.ts';
import type { PlanReply } from '../../protocol/plan.ts';
import { checkScanSize } from '../formats/scan-limits.ts';
import type { ScanDescription } from '../sessions/scan-description.ts';
import { acceptedOnly, type PlanSource } from './plan-source.ts';
import { Producer, type ProducerHost, type ProducerLimits } from './producer.ts';
import { Recorder, type RecorderOptions } from './recorder.ts';
import type { Recording } from './recording.ts';
import type { ScalarCheck } from './scalar-check.ts';
import type { Source, SourceEvent } from './source.ts';

export interface IngestOptions extends Omit<RecorderOptions, 'description'> {
  limits?: Partial<ProducerLimits>;
}

export interface Ingest {
  readonly source: Source;
  /** Takes over a socket on which a producer speaks. */
  accept(ws: WebSocket): void;
  /** Producers that ask what to scan next are answered by these from now on. */
  answerWith(plans: PlanSource): void;
  /** Scalar signals are held against `check` before anything is allocated for them. */
  admitScalars(check: ScalarCheck): void;
  /** Ends all connections and puts everything on disk. */
  close(): Promise<void>;
}

const LIMITS: ProducerLimits = { pendingBytes: 16 * 2 ** 20, unsentBytes: 256 * 1024 };
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
  readonly #limits: ProducerLimits;
  readonly #producers = new Set<Producer>();
  #stopped = false;

  constructor({ limits, ...options }: IngestOptions) {
    setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
    this.#recorder = new Recorder({ ...options, description: this.description });
    this.#limits = { ...LIMITS, ...limits };
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

  accept(ws: WebSocket): void {
    const producer = new Producer(ws, this, this.#limits);
    if (this.#stopped) producer.close(1001, 'the monitor stops');
    else this.#producers.add(producer);
  }

  async close(): Promise<void> {
    this.#stopped = true;
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
    this.#recorder.refused(code === 'storage', message);
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
