import {
  type Alert,
  type Edge,
  type EdgeState,
  InputError,
  type PixelSpectrum,
  type Progress,
  pixelCount,
  type Scan,
  type ScanMessage,
  type ScanStatus,
  type Topic,
  topicKey,
} from '../../protocol/index.ts';
import { COUNTING_NOISE } from '../analysis/detector-noise.ts';
import { edgeWindow } from '../analysis/edge-window.ts';
import type { CubeReader } from '../formats/cube.ts';
import { openCube } from '../formats/cube-reader.ts';
import type { ScanOpening } from '../sources/source.ts';
import { workerScript } from '../worker-script.ts';
import type { EdgeCommand, EdgeReport, EdgeWorkerData, ShownModel } from './edge-protocol.ts';
import type { StateChange } from './live-state.ts';
import type { AnalysisOptions } from './options.ts';
import { pairInformation } from './pair-information.ts';
import { pixelView } from './pixel-view.ts';
import { ProgressMeter } from './progress-meter.ts';
import { ScanLayers } from './scan-layers.ts';
import type { SurveyCommand, SurveyReport, SurveyWorkerData } from './survey-protocol.ts';
import { WorkerHost } from './worker-host.ts';

/** Information is computed anew at most this often while the class maps change. */
const INFORMATION_INTERVAL_MS = 500;

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

interface EdgeRun {
  edge: Edge;
  host: WorkerHost<EdgeCommand, EdgeReport>;
  model: ShownModel;
  state?: EdgeState;
  centres: number[][];
  analysed: number;
}

/** One scan under analysis: its workers, pictures and words. */
export class ScanRun {
  readonly scan: Scan;
  readonly message: ScanMessage;
  readonly layers: ScanLayers;
  readonly topics = new Map<string, Topic>();
  readonly warnings: string[] = [];
  readonly measuredPixels: Uint8Array;
  status: ScanStatus = 'waiting';
  readonly #input: ScanRunInput;
  #opening: ScanOpening;
  readonly #edges: EdgeRun[] = [];
  readonly #survey: WorkerHost<SurveyCommand, SurveyReport>;
  readonly meter: ProgressMeter;
  #nextPixel = 0;
  #passes = 1;
  #informationTimer: NodeJS.Timeout | undefined;
  #unfinished = 0;
  #finished: (() => void)[] = [];
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
  }

  /** Spectra of all passes together. */
  get total(): number {
    return pixelCount(this.scan) * this.#passes;
  }

  get edges(): readonly { edge: Edge; state?: EdgeState; centres: number[][] }[] {
    return this.#edges;
  }

  #covers(edge: Edge): boolean {
    try {
      edgeWindow(edge, this.scan.energy, this.scan.channels);
      return true;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#warn(`edge/${edge.name}`, 'warning', `${this.scan.name}: ${error.message}`);
      this.#topic({
        type: 'edge',
        epoch: this.#input.epoch,
        name: edge.name,
        status: 'unavailable',
        note: error.message,
        revision: 0,
        present: 0,
        absent: 0,
        components: 0,
        explained: [],
        landmarks: 0,
        gain: 1,
        classes: [],
        orientation: [1, 0, 0, 0, 1, 0],
      });
      return false;
    }
  }

  #startSurvey(): WorkerHost<SurveyCommand, SurveyReport> {
    const { core, lowLoss } = this.#opening;
    const data: SurveyWorkerData = {
      scan: this.scan,
      core,
      maps: this.layers.survey,
      ...(lowLoss && { lowLoss }),
    };
    return new WorkerHost(workerScript(import.meta.url, 'survey-worker'), data, (report) =>
      this.#onSurvey(report),
    );
  }

  #startEdge(edge: Edge): EdgeRun {
    const maps = this.layers.edges.get(edge.name);
    if (!maps) throw new Error(`no maps for ${edge.name}`);
    const window = edgeWindow(edge, this.scan.energy, this.scan.channels);
    const bad = new Uint8Array(window.endChannel - window.firstChannel);
    const data: EdgeWorkerData = {
      edge,
      scan: this.scan,
      core: this.#opening.core,
      options: this.#input.options,
      maps,
    };
    const run: EdgeRun = {
      edge,
      model: { window, calibration: { bad, noise: COUNTING_NOISE } },
      centres: [],
      analysed: 0,
      host: new WorkerHost<EdgeCommand, EdgeReport>(
        workerScript(import.meta.url, 'edge-worker'),
        data,
        (report) => this.#onEdge(run, report),
      ),
    };
    return run;
  }

  /** Pixels [first, first + count) are complete in one more pass. */
  measured(first: number, count: number): void {
    this.status = 'live';
    this.meter.add(count);
    this.measuredPixels.fill(1, first, first + count);
    this.#nextPixel = first + count;
    for (const { host } of [...this.#edges]) host.send({ type: 'measured', first, count });
    this.#survey.send({ type: 'measured', first, count });
  }

  /** A further pass begins: its files belong to the cube from now on. */
  pass(opening: ScanOpening): void {
    this.#opening = opening;
    this.#passes = opening.core.paths.length;
    this.#reader = undefined;
    for (const { host } of this.#edges) host.send({ type: 'reopen', core: opening.core });
    this.#survey.send({
      type: 'reopen',
      core: opening.core,
      ...(opening.lowLoss && { lowLoss: opening.lowLoss }),
    });
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
    this.status = 'finalising';
    this.#unfinished = this.#edges.length + 1;
    for (const { host } of this.#edges) host.send({ type: 'finalise' });
    this.#survey.send({ type: 'finalise' });
    await new Promise<void>((resolve) => {
      this.#finished.push(resolve);
    });
    // More spectra may have come meanwhile: then the scan is live again and will be finalised again.
    if (this.#closed || this.status !== 'finalising') return;
    this.#information();
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
    this.#reader ??= this.#openReader();
    return pixelView(
      {
        scan: this.scan,
        epoch: this.#input.epoch,
        measured: this.measuredPixels,
        ...(await this.#reader),
        edges: this.#edges.flatMap(({ edge, model }) => {
          const maps = this.layers.edges.get(edge.name);
          return maps ? [{ edge, maps, model }] : [];
        }),
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
    clearTimeout(this.#informationTimer);
    for (const resolve of this.#finished.splice(0)) resolve();
    await Promise.all([this.#survey.close(), ...this.#edges.map(({ host }) => host.close())]);
    const reader = await this.#reader?.catch(() => undefined);
    await reader?.core.close();
    await reader?.lowLoss?.close();
  }

  #onEdge(run: EdgeRun, report: EdgeReport): void {
    const { epoch } = this.#input;
    switch (report.type) {
      case 'maps':
        for (const { layer } of this.layers.ofEdge(run.edge.name))
          this.#rows(layer.id, report.first, report.count);
        if (run.state && run.state.revision > 0) this.#scheduleInformation();
        break;
      case 'analysed':
        run.analysed += report.pixels;
        break;
      case 'state':
        run.state = { ...report.state, epoch };
        if (report.model) run.model = report.model;
        for (const layer of this.layers.ofEdge(run.edge.name)) layer.revision = report.state.revision;
        this.#topic(run.state);
        break;
      case 'class-spectra':
        run.centres = report.centres;
        this.#topic({ ...report.spectra, epoch });
        break;
      case 'final':
        this.#finish();
        break;
      case 'failed':
        this.#warn(
          `edge/${run.edge.name}`,
          'error',
          `${this.scan.name}: ${run.edge.name}: ${report.message}`,
        );
        this.#finish();
        break;
    }
  }

  #onSurvey(report: SurveyReport): void {
    switch (report.type) {
      case 'maps':
        for (const { layer } of this.layers.all)
          if (layer.kind === 'counts' || layer.kind === 'thickness')
            this.#rows(layer.id, report.first, report.count);
        break;
      case 'sum':
        this.#topic({ ...report.sum, epoch: this.#input.epoch });
        break;
      case 'suspect':
        this.#suspect(report);
        break;
      case 'final':
        this.#finish();
        break;
      case 'failed':
        this.#warn('survey', 'error', `${this.scan.name}: ${report.message}`);
        this.#finish();
        break;
    }
  }

  #suspect({ kind, pixel, channel, value, pixels }: Extract<SurveyReport, { type: 'suspect' }>): void {
    const columns = this.scan.shape[1];
    const place = `pixel (${Math.floor(pixel / columns)}, ${pixel % columns}) channel ${channel}`;
    const more = pixels > 1 ? `, and in ${pixels - 1} more pixels` : '';
    if (kind === 'not finite')
      this.#warn(
        'not-finite',
        'error',
        `${this.scan.name}: counts: expected finite numbers, found ${value} at ${place}${more}; these pixels are left out`,
      );
    else
      this.#warn(
        'negative',
        'warning',
        `${this.scan.name}: counts: expected 0 or more, found ${value} at ${place}${more}; noise figures assume counts`,
      );
  }

  #warn(id: string, severity: Alert['severity'], message: string): void {
    const at = this.warnings.findIndex(
      (warning) => warning.split(', and in ')[0] === message.split(', and in ')[0],
    );
    if (at >= 0) this.warnings[at] = message;
    else this.warnings.push(message);
    this.#input.alert({ id: `${this.scan.id}/${id}`, severity, message });
  }

  #finish(): void {
    this.#unfinished--;
    if (this.#unfinished === 0) for (const resolve of this.#finished.splice(0)) resolve();
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

  #scheduleInformation(): void {
    this.#informationTimer ??= setTimeout(() => {
      this.#informationTimer = undefined;
      this.#information();
    }, INFORMATION_INTERVAL_MS);
  }

  #information(): void {
    if (this.#closed) return;
    clearTimeout(this.#informationTimer);
    this.#informationTimer = undefined;
    const fitted = this.#edges.filter(({ state }) => state && state.revision > 0);
    fitted.forEach((a, i) => {
      for (const b of fitted.slice(i + 1)) this.#pair(a, b);
    });
  }

  #pair(a: EdgeRun, b: EdgeRun): void {
    const layer = this.layers.ofPair(a.edge.name, b.edge.name);
    const labelMap = ({ edge, state }: EdgeRun) => ({
      name: edge.name,
      labels: this.layers.edges.get(edge.name)?.labels ?? new Int16Array(),
      revision: state?.revision ?? 0,
    });
    if (!layer || !(layer.data instanceof Float32Array)) return;
    const information = pairInformation(labelMap(a), labelMap(b), layer.data);
    this.#topic({ ...information, epoch: this.#input.epoch });
    this.#rows(layer.layer.id, 0, layer.data.length);
  }
}
