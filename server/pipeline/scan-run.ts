import {
  type Alert,
  type Edge,
  InputError,
  type PixelSpectrum,
  type Progress,
  pixelCount,
  type Scan,
  type ScanMessage,
  type ScanStatus,
  type SumSpectrum,
  type Topic,
  topicKey,
} from '../../protocol/index.ts';
import { edgeWindow } from '../analysis/edge-window.ts';
import { windowFaults } from '../analysis/window-faults.ts';
import type { CubeReader } from '../formats/cube.ts';
import { openCube } from '../formats/cube-reader.ts';
import type { ScanOpening } from '../sources/source.ts';
import { workerScript } from '../worker-script.ts';
import { EdgeRun, unavailable } from './edge-run.ts';
import { InformationBoard } from './information-board.ts';
import type { StateChange } from './live-state.ts';
import { NameBoard } from './name-board.ts';
import type { AnalysisOptions } from './options.ts';
import { pixelView } from './pixel-view.ts';
import { ProgressMeter } from './progress-meter.ts';
import { ScanLayers } from './scan-layers.ts';
import type { SurveyCommand, SurveyReport, SurveyWorkerData } from './survey-protocol.ts';
import { suspectAlert } from './suspect-text.ts';
import { type Ended, WorkerHost } from './worker-host.ts';

export interface ScanRunInput {
  opening: ScanOpening;
  options: AnalysisOptions;
  source: string;
  epoch: number;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  changed: (change: StateChange) => void;
  alert: (alert: Omit<Alert, 'at'>) => void;
}

/** One scan under analysis: its workers, pictures and words. */
export class ScanRun {
  readonly scan: Scan;
  readonly message: ScanMessage;
  readonly layers: ScanLayers;
  readonly topics = new Map<string, Topic>();
  /** By id, so that one that grows replaces itself. */
  readonly #warnings = new Map<string, string>();
  /** Passes that are complete at each pixel. */
  readonly measuredPixels: Uint8Array;
  status: ScanStatus = 'waiting';
  readonly #input: ScanRunInput;
  #opening: ScanOpening;
  readonly #edges: EdgeRun[] = [];
  readonly #information: InformationBoard;
  readonly #names: NameBoard;
  readonly #survey: WorkerHost<SurveyCommand, SurveyReport>;
  readonly meter: ProgressMeter;
  #nextPixel = 0;
  #passes = 1;
  /** Workers that owe their final maps, and those that will never answer again. */
  readonly #awaited = new Set<unknown>();
  readonly #gone = new Set<unknown>();
  readonly #finished: (() => void)[] = [];
  #reader: Promise<{ core: CubeReader; lowLoss?: CubeReader }> | undefined;
  #closed = false;

  constructor(input: ScanRunInput) {
    this.#input = input;
    this.#opening = input.opening;
    this.scan = input.opening.scan;
    this.measuredPixels = new Uint8Array(pixelCount(this.scan));
    this.#passes = input.opening.core.paths.length;
    this.meter = new ProgressMeter(this.total, input.now);
    const usable = input.options.edges.filter((edge) => this.#covers(edge));
    const pairs = usable.flatMap((a, i) =>
      usable.slice(i + 1).map((b): [string, string] => [a.name, b.name]),
    );
    this.layers = new ScanLayers(this.scan, usable, pairs);
    this.message = {
      type: 'scan',
      epoch: input.epoch,
      scan: this.scan,
      source: input.source,
      edges: input.options.edges,
      layers: this.layers.all.map(({ layer }) => layer),
    };
    this.#survey = this.#startSurvey();
    for (const edge of usable) this.#edges.push(this.#startEdge(edge));
    this.#names = new NameBoard({
      edges: this.#edges,
      references: input.options.references ?? [],
      seed: input.options.seed,
      sum: () => this.topics.get('sum-spectrum') as SumSpectrum | undefined,
    });
    this.#information = new InformationBoard({
      edges: this.#edges,
      layers: this.layers,
      scan: this.scan,
      now: input.now,
      publish: (information, layers) => {
        this.#topic({ ...information, epoch: input.epoch });
        for (const layer of layers) this.#rows(layer, 0, this.measuredPixels.length);
      },
      failed: (message) => this.#warn('information', 'error', `${this.scan.name}: information: ${message}`),
    });
  }

  /** Spectra of all passes together. */
  get total(): number {
    return pixelCount(this.scan) * this.#passes;
  }

  get warnings(): string[] {
    return [...this.#warnings.values()];
  }

  get edges(): readonly EdgeRun[] {
    return this.#edges;
  }

  #covers(edge: Edge): boolean {
    try {
      const { edges, background } = this.#input.options;
      edgeWindow(edge, this.scan.energy, this.scan.channels, background);
      if (background === 'none') return true;
      const { refused, warnings } = windowFaults(edge, edges);
      if (refused) throw new InputError(`edge ${edge.name}`, 'fit window', refused);
      for (const [n, text] of warnings.entries())
        this.#warn(`edge/${edge.name}/window/${n}`, 'warning', `${this.scan.name}: ${edge.name}: ${text}`);
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#warn(`edge/${edge.name}`, 'warning', `${this.scan.name}: ${error.message}`);
      this.#topic(unavailable(edge, this.#input.epoch, error.message));
      return false;
    }
  }

  #startSurvey(): WorkerHost<SurveyCommand, SurveyReport> {
    const { core, lowLoss } = this.#opening;
    const data: SurveyWorkerData = {
      scan: this.scan,
      core,
      maps: this.layers.survey,
      live: this.#input.options.live,
      ...(lowLoss && { lowLoss }),
    };
    return new WorkerHost(workerScript(import.meta.url, 'survey-worker'), data, (report) =>
      this.#onSurvey(report),
    );
  }

  #startEdge(edge: Edge): EdgeRun {
    const maps = this.layers.edges.get(edge.name);
    if (!maps) throw new Error(`no maps for ${edge.name}`);
    const { options, epoch } = this.#input;
    const warn = (severity: Alert['severity'], message: string) =>
      this.#warn(`edge/${edge.name}`, severity, `${this.scan.name}: ${edge.name}: ${message}`);
    const run = new EdgeRun({
      edge,
      scan: this.scan,
      epoch,
      core: this.#opening.core,
      options,
      maps,
      on: {
        maps: (first, count) => {
          for (const { layer } of this.layers.ofEdge(edge.name)) this.#rows(layer.id, first, count);
          if (run.revision > 0 && !this.#closed) this.#information.schedule();
        },
        topic: (topic) => {
          for (const layer of this.layers.ofEdge(edge.name)) layer.revision = run.revision;
          this.#topic(topic);
          if (topic.type === 'class-spectra' && !this.#closed) this.#names.schedule();
        },
        warning: (message) => warn('warning', message),
        finished: (fault) => {
          if (fault) warn('error', fault);
          this.#answered(run);
        },
        ended: (message) => {
          warn('error', message);
          this.#ended(run);
        },
      },
    });
    return run;
  }

  /** Pixels [first, first + count) are complete in pass `pass`, from 0. */
  measured(first: number, count: number, pass: number): void {
    this.status = 'live';
    this.meter.add(count);
    for (let pixel = first; pixel < first + count; pixel++)
      this.measuredPixels[pixel] = Math.max(this.measuredPixels[pixel], pass + 1);
    this.#nextPixel = first + count;
    for (const worker of [...this.#edges, this.#survey])
      worker.send({ type: 'measured', first, count, pass });
  }

  /** A further pass begins: its files belong to the cube from now on. */
  pass({ core, lowLoss }: ScanOpening): void {
    this.#passes = core.paths.length;
    for (const edge of this.#edges) edge.send({ type: 'extend', core });
    this.#survey.send({ type: 'extend', core, ...(lowLoss && { lowLoss }) });
    void this.#reader?.then((readers) => {
      readers.core.extend(core.paths);
      readers.lowLoss?.extend(lowLoss?.paths ?? []);
    });
    this.#opening = { ...this.#opening, core, ...(lowLoss && { lowLoss }) };
  }

  channel(name: string, first: number, values: Float32Array): void {
    const { layer, added } = this.layers.channel(name);
    layer.data.set(values, first);
    if (added) {
      this.message.layers.push(layer.layer);
      this.#input.changed({
        type: 'layer',
        message: { type: 'layer', epoch: this.#input.epoch, layer: layer.layer },
      });
    }
    this.#rows(layer.layer.id, first, values.length);
  }

  /** Fits the canonical models on all that is measured; resolves when every map is final. */
  async finalise(status: 'complete' | 'aborted'): Promise<void> {
    if (this.#closed) return;
    this.status = 'finalising';
    for (const worker of [...this.#edges, this.#survey]) {
      if (this.#gone.has(worker)) continue;
      this.#awaited.add(worker);
      worker.send({ type: 'finalise' });
    }
    if (this.#awaited.size > 0)
      await new Promise<void>((resolve) => {
        this.#finished.push(resolve);
      });
    // More spectra may have come meanwhile: then the scan is live again and will be finalised again.
    if (this.#closed || this.status !== 'finalising') return;
    this.#names.update();
    await this.#information.finalise();
    if (this.#closed || this.status !== 'finalising') return;
    if (status === 'aborted')
      this.#warn(
        'aborted',
        'warning',
        `${this.scan.name}: ended after ${this.meter.spectra} of ${this.total} spectra`,
      );
    this.meter.stop();
    this.status = status;
  }

  progress(wallClock: number): Progress {
    const { meter } = this;
    const { rate, etaSeconds } = meter;
    const analysed = Math.min(meter.spectra, ...this.#edges.map((edge) => edge.analysed));
    return {
      type: 'progress',
      epoch: this.#input.epoch,
      status: this.status,
      spectra: meter.spectra,
      total: this.total,
      nextPixel: this.#nextPixel,
      ...(this.status === 'live' && rate !== undefined && { rate }),
      ...(this.status === 'live' && etaSeconds !== undefined && { etaSeconds }),
      elapsedSeconds: meter.elapsedSeconds,
      newestAt: wallClock - meter.ageMs,
      sentAt: wallClock,
      backlog: meter.spectra - analysed,
    };
  }

  async spectrum(pixel: number): Promise<PixelSpectrum> {
    this.#reader ??= this.#openReader().catch((error: unknown) => {
      this.#reader = undefined;
      throw error;
    });
    return pixelView(
      {
        scan: this.scan,
        epoch: this.#input.epoch,
        measured: this.measuredPixels,
        ...(await this.#reader),
        edges: this.#edges,
      },
      pixel,
    );
  }

  async #openReader(): Promise<{ core: CubeReader; lowLoss?: CubeReader }> {
    const { core, lowLoss } = this.#opening;
    return { core: await openCube(core), ...(lowLoss && { lowLoss: await openCube(lowLoss) }) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#names.close();
    for (const resolve of this.#finished.splice(0)) resolve();
    await Promise.all([
      this.#information.close(),
      this.#survey.close(),
      ...this.#edges.map((edge) => edge.close()),
    ]);
    const reader = await this.#reader?.catch(() => undefined);
    await reader?.core.close();
    await reader?.lowLoss?.close();
  }

  #onSurvey(report: SurveyReport | Ended): void {
    switch (report.type) {
      case 'maps':
        for (const { layer } of this.layers.all)
          if (layer.kind === 'counts' || layer.kind === 'thickness')
            this.#rows(layer.id, report.first, report.count);
        break;
      case 'sum':
        this.#topic({ ...report.sum, epoch: this.#input.epoch });
        break;
      case 'suspect': {
        const { id, severity, message } = suspectAlert(this.scan, report);
        this.#warn(id, severity, message);
        break;
      }
      case 'final':
        this.#answered(this.#survey);
        break;
      case 'failed':
        this.#warn('survey', 'error', `${this.scan.name}: ${report.message}`);
        this.#answered(this.#survey);
        break;
      case 'ended':
        this.#warn('survey', 'error', `${this.scan.name}: sums and thickness: ${report.message}`);
        this.#ended(this.#survey);
        break;
    }
  }

  #warn(id: string, severity: Alert['severity'], message: string): void {
    this.#warnings.set(id, message);
    this.#input.alert({ id: `${this.scan.id}/${id}`, severity, message });
  }

  /** A worker has shown its last maps, or says that it cannot. */
  #answered(worker: unknown): void {
    this.#awaited.delete(worker);
    if (this.#awaited.size === 0) for (const resolve of this.#finished.splice(0)) resolve();
  }

  #ended(worker: unknown): void {
    this.#gone.add(worker);
    this.#answered(worker);
  }

  #rows(layer: number, first: number, count: number): void {
    if (this.#closed) return;
    const columns = this.scan.shape[1];
    const firstRow = Math.floor(first / columns);
    const endRow = Math.ceil((first + count) / columns);
    this.#input.changed({ type: 'rows', layer, firstRow, rows: endRow - firstRow });
  }

  #topic(topic: Topic): void {
    if (this.#closed) return;
    const key = topicKey(topic);
    this.topics.set(key, topic);
    this.#input.changed({ type: 'topic', key });
  }
}
