import type { Alert } from '../../protocol/index.ts';
import { type WatchOptions, watchPath } from '../../server/sources/folders/directory.ts';
import type { ScanOpening, Source, SourceEvent } from '../../server/sources/source.ts';

/** Short, and far enough apart for what a test is about to come first on a busy machine. */
const TIMES = {
  pollMs: 5,
  listMs: 20,
  settleMs: 100,
  awayMs: 100,
  shrinkMs: 150,
  quietMs: 100,
  verifyMs: 200,
  stallMs: 30_000,
  abortMs: 60_000,
};

/** One scan as it was reported. */
export interface ReportedScan {
  opening: ScanOpening;
  /** How often each pixel was reported as measured, by pass. */
  measured: number[][];
  channels: Record<string, Float32Array>;
  ends: string[];
  stalled: number;
}

/** A source under test: takes its events as they come and sums up what they say. */
export class Watched {
  readonly events: SourceEvent[] = [];
  readonly scans: ReportedScan[] = [];
  readonly alerts = new Map<string, Omit<Alert, 'at'>>();
  /** All alerts there were, also those taken back. */
  readonly everAlerted: string[] = [];
  readonly #abort = new AbortController();
  readonly #finished: Promise<void>;
  #fault: unknown;
  #wake: (() => void)[] = [];

  /** @param through what the source is wrapped in */
  constructor(
    path: string,
    { times, ...options }: WatchOptions = {},
    through: (source: Source) => Source = (source) => source,
  ) {
    const source = through(watchPath(path, { ...options, times: { ...TIMES, ...times } }));
    this.#finished = this.#collect(source.events(this.#abort.signal)).catch((error) => {
      this.#fault = error;
      this.#notify();
    });
  }

  get scan(): ReportedScan {
    const scan = this.scans.at(-1);
    if (!scan) throw new Error('no scan was reported');
    return scan;
  }

  /** Pixels reported so far in the newest scan. */
  get pixels(): number {
    return this.scans.at(-1)?.measured.flat().filter(Boolean).length ?? 0;
  }

  /** Resolves once `holds`, which is asked after every event; the test's own time limit ends a wait in vain. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#fault) throw this.#fault;
      await new Promise<void>((resolve) => this.#wake.push(resolve));
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#finished;
    if (this.#fault) throw this.#fault;
  }

  /** Resolves when the source has no more to say. */
  async finished(): Promise<this> {
    await this.#finished;
    if (this.#fault) throw this.#fault;
    return this;
  }

  async #collect(events: AsyncIterable<SourceEvent>): Promise<void> {
    for await (const event of events) {
      this.events.push(event);
      this.#take(event);
      this.#notify();
    }
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  #take(event: SourceEvent): void {
    switch (event.type) {
      case 'scan': {
        const { shape } = event.opening.scan;
        const measured = event.opening.core.paths.map(() => new Array<number>(shape[0] * shape[1]).fill(0));
        this.scans.push({ opening: event.opening, measured, channels: {}, ends: [], stalled: 0 });
        break;
      }
      case 'moved':
        this.scan.opening = event.opening;
        break;
      case 'measured':
        for (let pixel = event.first; pixel < event.first + event.count; pixel++)
          this.scan.measured[event.pass][pixel]++;
        break;
      case 'channel': {
        const pixels = this.scan.measured[0].length;
        this.scan.channels[event.name] ??= new Float32Array(pixels).fill(Number.NaN);
        this.scan.channels[event.name].set(event.values, event.first);
        break;
      }
      case 'stalled':
        this.scan.stalled++;
        break;
      case 'end':
        this.scan.ends.push(event.status);
        break;
      case 'alert':
        this.alerts.set(event.alert.id, event.alert);
        this.everAlerted.push(event.alert.message);
        break;
      case 'alert-cleared':
        this.alerts.delete(event.id);
        break;
    }
  }
}
