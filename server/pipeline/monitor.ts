import {
  type Alert,
  type AxisChoice,
  InputError,
  type PixelSpectrum,
  pixelCount,
  type ScanMessage,
  type Topic,
} from '../../protocol/index.ts';
import type { ScanOpening, Source, SourceEvent } from '../sources/source.ts';
import type { LiveLayer, LiveState, StateChange } from './live-state.ts';
import { checkMemory } from './memory-budget.ts';
import type { AnalysisOptions } from './options.ts';
import type { RaisedAlert } from './raised-alert.ts';
import { ScanRun } from './scan-run.ts';
import { summarise } from './summary.ts';
import { faultText } from './threads/fault-text.ts';

export interface MonitorOptions {
  analysis: AnalysisOptions;
  version: string;
  /** Milliseconds of a monotonic clock, and of the wall. */
  clock?: { monotonic: () => number; wall: () => number };
  /** Called for every alert, for logs and terminals. */
  onAlert?: (alert: Alert) => void;
}

const PROGRESS_INTERVAL_MS = 250;

/** Follows one source: every scan it announces is analysed, and the newest one is the state that is shown. */
export class Monitor implements LiveState {
  readonly #options: MonitorOptions;
  readonly #clock: { monotonic: () => number; wall: () => number };
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #alerts = new Map<string, Alert>();
  readonly #noTopics = new Map<string, Topic>();
  #run: ScanRun | undefined;
  /** Alert about the scan that events are about, when it is not analysed: it does not fit in memory. */
  #refusal: string | undefined;
  #epoch = 0;
  #settling: Promise<void> = Promise.resolve();
  #progressTimer: NodeJS.Timeout | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? { monotonic: () => performance.now(), wall: () => Date.now() };
  }

  get scan(): ScanMessage | undefined {
    return this.#run?.message;
  }

  /** The scan under analysis, for results and tests. */
  get run(): ScanRun | undefined {
    return this.#run;
  }

  get layers(): readonly LiveLayer[] {
    return this.#run?.layers.all ?? [];
  }

  get topics(): ReadonlyMap<string, Topic> {
    return this.#run?.topics ?? this.#noTopics;
  }

  get alerts(): readonly Alert[] {
    return [...this.#alerts.values()];
  }

  subscribe(listener: (change: StateChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async spectrum(pixel: number): Promise<PixelSpectrum> {
    const run = this.#run;
    if (!run) throw new InputError('spectrum', 'scan', 'expected a scan, there is none yet');
    const pixels = pixelCount(run.scan);
    if (!(Number.isInteger(pixel) && pixel >= 0 && pixel < pixels))
      throw new InputError('spectrum', 'pixel', `expected 0 to ${pixels - 1}, found ${pixel}`);
    return run.spectrum(pixel);
  }

  chooseAxis({ epoch, offset, dispersion }: Omit<AxisChoice, 'type'>): void {
    const run = this.#run;
    if (!run || run.message.epoch !== epoch)
      throw new InputError('axis', 'epoch', `expected that of the scan on show, found ${epoch}`);
    run.chooseAxis({ offset, dispersion, units: 'eV' });
  }

  summary(): Record<string, unknown> {
    return summarise(this.#run, this.#options.version);
  }

  /** Follows the source until it ends or `signal` aborts. */
  async follow(source: Source, signal: AbortSignal): Promise<void> {
    this.#progressTimer = setInterval(() => this.#progress(), PROGRESS_INTERVAL_MS);
    try {
      for await (const event of source.events(signal)) await this.#take(event, source.description);
    } finally {
      clearInterval(this.#progressTimer);
    }
  }

  /** Resolves when the scan that has ended shows its final maps, or was replaced by another before. */
  settled(): Promise<void> {
    return this.#settling;
  }

  async close(): Promise<void> {
    clearInterval(this.#progressTimer);
    await this.#run?.close();
  }

  async #take(event: SourceEvent, description: string): Promise<void> {
    const run = this.#refusal === undefined ? this.#run : undefined;
    switch (event.type) {
      case 'scan':
        await this.#begin(event.opening, description);
        break;
      case 'pass':
        run?.pass(event.opening);
        break;
      case 'measured':
        run?.measured(event.first, event.count, event.pass);
        break;
      case 'channel':
        run?.channel(event.name, event.first, event.values);
        break;
      case 'stalled':
        if (run?.status === 'live') run.status = 'stalled';
        this.#progress();
        break;
      case 'end':
        if (run) this.#end(event.status);
        break;
      case 'alert':
        this.#alert(event.alert);
        break;
      case 'alert-cleared':
        this.#clear(event.id);
        break;
    }
  }

  #end(status: 'complete' | 'aborted'): void {
    const run = this.#run;
    if (run) this.#settling = this.#settling.then(() => this.#finalise(run, status));
  }

  async #begin(opening: ScanOpening, source: string): Promise<void> {
    if (this.#refusal !== undefined) this.#alerts.delete(this.#refusal);
    this.#refusal = undefined;
    try {
      checkMemory(opening.scan, this.#options.analysis);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#refusal = `${opening.scan.id}/memory`;
      const tip = 'Analyse fewer edges, or allow more with --memory';
      this.#alert({ id: this.#refusal, severity: 'error', message: error.message, tip });
      return;
    }
    await this.#retire();
    this.#epoch++;
    this.#run = new ScanRun({
      opening,
      options: this.#options.analysis,
      source,
      epoch: this.#epoch,
      now: this.#clock.monotonic,
      changed: (change) => this.#publish(change),
      alert: (alert) => this.#alert(alert),
      cleared: (id) => this.#clear(id),
      reopened: (status) => this.#end(status),
    });
    this.#publish({ type: 'scan', message: this.#run.message });
    this.#publishAlerts();
    this.#progress();
  }

  /** Takes leave of the present scan and of what was said about it. */
  async #retire(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    await run.close();
    for (const id of this.#alerts.keys()) if (id.startsWith(`${run.scan.id}/`)) this.#alerts.delete(id);
  }

  async #finalise(run: ScanRun, status: 'complete' | 'aborted'): Promise<void> {
    const done = run.finalise(status);
    this.#progress();
    try {
      await done;
    } catch (error) {
      const message = `${run.scan.name}: the final maps could not be finished: ${faultText(error)}`;
      this.#alert({ id: `${run.scan.id}/finalise`, severity: 'error', message });
      run.giveUp();
    }
    this.#progress();
  }

  #progress(): void {
    if (!this.#run) return;
    const progress = this.#run.progress(this.#clock.wall());
    this.#run.topics.set('progress', progress);
    this.#publish({ type: 'topic', key: 'progress' });
  }

  /** What goes on keeps its time: a dashboard where it was dismissed shows it no more. */
  #alert({ ongoing, ...raised }: RaisedAlert): void {
    const known = this.#alerts.get(raised.id);
    const since = ongoing && known?.severity === raised.severity ? known.at : undefined;
    const alert = { ...raised, at: since ?? this.#clock.wall() };
    this.#alerts.set(alert.id, alert);
    if (since === undefined && known?.message !== alert.message) this.#options.onAlert?.(alert);
    this.#publishAlerts();
  }

  #clear(id: string): void {
    if (this.#alerts.delete(id)) this.#publishAlerts();
  }

  #publishAlerts(): void {
    const topic: Topic = { type: 'alerts', alerts: [...this.alerts] };
    (this.#run?.topics ?? this.#noTopics).set('alerts', topic);
    this.#publish({ type: 'topic', key: 'alerts' });
  }

  #publish(change: StateChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
