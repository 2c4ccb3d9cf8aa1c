import {
  type Alert,
  type AnnotationCommand,
  type AxisChoice,
  type Command,
  hasEnded,
  InputError,
  noPlan,
  type PixelSpectrum,
  type PlanCommand,
  type PlanReply,
  pixelCount,
  type ScanMessage,
  type Topic,
} from '../../protocol/index.ts';
import type { Rewritten, ScanOpening, Source, SourceEvent } from '../sources/source.ts';
import type { LiveCubes, LiveLayer, LiveState, StateChange } from './live-state.ts';
import { checkMemory, checkScalars, fitTogether } from './memory-budget.ts';
import { MonitorCounts } from './monitor-counts.ts';
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
  /** Called for every command that was carried out. */
  onCommand?: (command: Command) => void;
  /** Called when a scan shows its final maps, also for one that has been replaced on show; the scan is closed afterwards. */
  onFinal?: (run: ScanRun) => Promise<void>;
  /**
   * Called when the final maps of a recorded scan must be made from its session later: it was replaced while too many
   * or too large scans still wait for theirs, or its file was rewritten.
   */
  onPostponed?: (session: string) => void;
}

const PROGRESS_INTERVAL_MS = 250;
/** Most scans no longer shown that stay in memory until their final maps are ready. */
const MOST_OFF_SHOW = 1;

/** Follows one source: every scan it announces is analysed, and the newest one is the state that is shown. */
export class Monitor implements LiveState {
  readonly counts = new MonitorCounts();
  readonly #options: MonitorOptions;
  readonly #clock: { monotonic: () => number; wall: () => number };
  readonly #listeners = new Set<(change: StateChange) => void>();
  readonly #alerts = new Map<string, Alert>();
  readonly #noTopics = new Map<string, Topic>();
  #run: ScanRun | undefined;
  /** Alert about the scan that events are about, when it is not analysed: it does not fit in memory. */
  #refusal: string | undefined;
  #epoch = 0;
  /** Scans that are to get final maps, with the number of ends for which they still wait. */
  readonly #finishing = new Map<ScanRun, number>();
  #settling: Promise<void> = Promise.resolve();
  #progressTimer: NodeJS.Timeout | undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? { monotonic: () => performance.now(), wall: () => Date.now() };
  }

  get scan(): ScanMessage | undefined {
    return this.#run?.message;
  }

  get cubes(): LiveCubes | undefined {
    return this.#run?.cubes;
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

  now(): number {
    return this.#clock.wall();
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

  async command(command: Command): Promise<void> {
    switch (command.type) {
      case 'axis':
        this.#chooseAxis(command);
        break;
      case 'annotate':
      case 'remove-annotation':
        this.#annotate(command);
        break;
      case 'plan':
      case 'accept-plan':
      case 'withdraw-plan':
        await this.#plan(command);
        break;
      default:
        throw new InputError(command.type, 'scan', 'expected one that is replayed, found one that is live');
    }
    this.#options.onCommand?.(command);
  }

  #annotate(command: AnnotationCommand): void {
    const run = this.#run;
    if (!run) throw new InputError(command.type, 'scan', 'expected a scan, there is none yet');
    run.annotate(command, this.#clock.wall());
  }

  #chooseAxis({ epoch, offset, dispersion }: AxisChoice): void {
    const run = this.#run;
    if (!run || run.message.epoch !== epoch)
      throw new InputError('axis', 'epoch', `expected that of the scan on show, found ${epoch}`);
    run.chooseAxis({ offset, dispersion, units: 'eV' });
  }

  async #plan(command: PlanCommand): Promise<void> {
    const run = this.#run;
    if (!run || run.message.epoch !== command.epoch)
      throw new InputError(
        command.type,
        'epoch',
        `expected that of the scan on show, found ${command.epoch}`,
      );
    if (!run.plan) throw new InputError(command.type, 'scan', 'expected one that is planned for');
    if (command.type === 'plan') await run.plan.ask(command.request);
    else if (command.type === 'accept-plan') await run.plan.accept(command.rectangles);
    else run.plan.withdraw();
  }

  /** Counts already read are kept even if memory may be short; a warning says so. */
  #checkRescans({ scan, core }: ScanOpening): void {
    const id = `${scan.id}/memory`;
    try {
      checkMemory(scan, this.#options.analysis, core.patches);
      this.clear(id);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const tip = 'Allow more with --memory, or analyse fewer edges';
      this.alert({ id, severity: 'warning', message: error.message, tip });
    }
  }

  /** Answer to a producer that asks where to scan again. */
  planReply(): PlanReply {
    return this.#run?.plan?.reply() ?? noPlan('There is no scan yet');
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
    await Promise.all([...this.#finishing.keys(), this.#run].map((run) => run?.close()));
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
      case 'moved':
        run?.moved(event.opening);
        break;
      case 'rescan':
        run?.rescan(event.opening);
        if (run) this.#checkRescans(event.opening);
        break;
      case 'rescanning':
        run?.plan?.rescanning(event, event.over);
        break;
      case 'measured':
        run?.measured(event.first, event.count, event.pass);
        break;
      case 'repeated':
        this.counts.duplicates += event.count;
        break;
      case 'refused':
        this.counts.reject(event.code);
        break;
      case 'channel':
        if (run && this.#hasRoomFor(run, event.name)) run.channel(event.name, event.first, event.values);
        break;
      case 'recorded':
        if (run) run.meter.recorded = { spectra: event.spectra, onDisk: event.onDisk };
        break;
      case 'stalled':
        if (run?.status === 'live') run.status = 'stalled';
        this.#progress();
        break;
      case 'end':
        if (run) {
          this.counts.gaps += run.meter.missing;
          if (event.rewritten) await this.#stop(run, event.rewritten);
          else this.#end(run, event.status);
        }
        break;
      case 'alert':
        this.alert(event.alert);
        break;
      case 'alert-cleared':
        this.clear(event.id);
        break;
    }
  }

  /** Whether a scalar channel is shown: one that does not fit in memory is left out, with an alert. */
  #hasRoomFor(run: ScanRun, name: string): boolean {
    const { channels } = run.layers;
    if (channels.includes(name)) return true;
    try {
      checkScalars(run.scan, this.#options.analysis, channels.length + 1);
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const message = `${name} is not shown: ${error.message}`;
      this.alert({ id: `${run.scan.id}/scalars`, severity: 'warning', message, ongoing: true });
      return false;
    }
  }

  async #begin(opening: ScanOpening, source: string): Promise<void> {
    if (this.#refusal !== undefined) this.#alerts.delete(this.#refusal);
    this.#refusal = undefined;
    try {
      checkMemory(opening.scan, this.#options.analysis, opening.core.patches);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#refusal = `${opening.scan.id}/memory`;
      const tip = 'Analyse fewer edges, or allow more with --memory';
      this.alert({ id: this.#refusal, severity: 'error', message: error.message, tip });
      return;
    }
    await this.#retire(opening);
    const epoch = ++this.#epoch;
    const isShown = () => this.#epoch === epoch;
    const run: ScanRun = new ScanRun({
      opening,
      options: this.#options.analysis,
      source,
      epoch,
      now: this.#clock.monotonic,
      wall: this.#clock.wall,
      changed: (change) => {
        if (isShown()) this.#publish(change);
      },
      alert: (alert) => this.alert(alert, isShown()),
      cleared: (id) => this.clear(id),
      reopened: (status) => this.#end(run, status),
    });
    this.#run = run;
    this.#publish({ type: 'scan', message: run.message });
    run.begin();
    this.#publishAlerts();
    this.#progress();
  }

  /** The scan on show is replaced: its alerts go, and it is closed, at once or when its final maps are kept. */
  async #retire(next: ScanOpening): Promise<void> {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    const { session, scan } = run;
    // A scan that continues in the same session makes them when it ends.
    const owes = this.#finishing.has(run) && (session === undefined || session !== next.session);
    const isKept = owes && session !== undefined && this.#hasRoomBeside(next, run);
    if (!isKept) await run.close();
    if (owes && session === undefined) this.#reportLost(scan.name);
    else if (owes && !isKept) this.#options.onPostponed?.(session as string);
    for (const id of this.#alerts.keys()) if (id.startsWith(`${scan.id}/`)) this.#alerts.delete(id);
  }

  /** Whether a scan off show may stay until it has its final maps. */
  #hasRoomBeside({ scan }: ScanOpening, run: ScanRun): boolean {
    const offShow = [...this.#finishing.keys()].filter((other) => other !== run).length;
    return offShow < MOST_OFF_SHOW && fitTogether([scan, run.scan], this.#options.analysis);
  }

  #reportLost(name: string): void {
    const message = `${name}: its final maps are not made, since the next scan has begun and nothing is recorded`;
    const tip = 'Record scans (--record) to have the final maps of every one';
    this.alert({ id: 'not-final', severity: 'warning', message, tip });
  }

  /** Whether the final maps of a recorded scan are still being made. @param session its folder */
  isFinishing(session: string): boolean {
    return [...this.#finishing.keys()].some((run) => run.session === session);
  }

  /** Final maps are made in the order in which scans end. */
  #end(run: ScanRun, status: 'complete' | 'aborted'): void {
    this.#finishing.set(run, (this.#finishing.get(run) ?? 0) + 1);
    this.#settling = this.#settling.then(async () => {
      await this.#finalise(run, status);
      if (hasEnded(run.status)) await this.#keep(run);
      const ends = (this.#finishing.get(run) ?? 1) - 1;
      if (ends > 0) this.#finishing.set(run, ends);
      else this.#finishing.delete(run);
      if (ends === 0 && run !== this.#run) await run.close();
    });
  }

  /** The file of a scan was rewritten: its final maps are made of the copy in its session, where there is one. */
  async #stop(run: ScanRun, left: Rewritten): Promise<void> {
    if (hasEnded(run.status)) return;
    this.#finishing.delete(run);
    await run.stop();
    this.#progress();
    const { scan, session } = run;
    if (session !== undefined) this.#options.onPostponed?.(session);
    const message = `${scan.name}: its file was rewritten during the scan, which ends with what was there; what the file holds now is another scan`;
    if (left === 'copied') this.alert({ id: 'rewritten', severity: 'warning', message });
    else {
      const tip = 'Record with --record-counts to have the final maps of scans whose files are rewritten';
      this.alert({
        id: 'rewritten',
        severity: 'warning',
        message: `${message}. Its final maps are not made`,
        tip,
      });
    }
  }

  async #keep(run: ScanRun): Promise<void> {
    try {
      await this.#options.onFinal?.(run);
    } catch (error) {
      const message = `${run.scan.name}: the final maps could not be kept: ${faultText(error)}`;
      this.alert({ id: `${run.scan.id}/keep`, severity: 'error', message }, run === this.#run);
    }
  }

  async #finalise(run: ScanRun, status: 'complete' | 'aborted'): Promise<void> {
    const done = run.finalise(status);
    this.#progress();
    try {
      await done;
    } catch (error) {
      const message = `${run.scan.name}: the final maps could not be finished: ${faultText(error)}`;
      this.alert({ id: `${run.scan.id}/finalise`, severity: 'error', message }, run === this.#run);
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

  /**
   * Shows an alert, replacing one of the same id. An ongoing alert keeps its time, so that a dashboard that dismissed
   * it does not show it again.
   * @param isShown false for a scan that is no longer on show: it goes to terminals and logs only
   */
  alert({ ongoing, ...raised }: RaisedAlert, isShown = true): void {
    const known = this.#alerts.get(raised.id);
    const since = ongoing && known?.severity === raised.severity ? known.at : undefined;
    const alert = { ...raised, at: since ?? this.#clock.wall() };
    if (since === undefined) this.counts.alert(alert, this.#run?.scan.id);
    if (!isShown) {
      this.#options.onAlert?.(alert);
      return;
    }
    this.#alerts.set(alert.id, alert);
    if (since === undefined && known?.message !== alert.message) this.#options.onAlert?.(alert);
    this.#publishAlerts();
  }

  /** Removes an alert. */
  clear(id: string): void {
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
