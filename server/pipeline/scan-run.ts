import {
  type Alert,
  type Edge,
  type EnergyAxis,
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
import type { ScanOpening } from '../sources/source.ts';
import { EdgeRun, unavailable } from './edge/edge-run.ts';
import { FinalRound } from './final-round.ts';
import { InformationBoard } from './information/information-board.ts';
import type { StateChange } from './live-state.ts';
import { NameBoard } from './names/name-board.ts';
import { type AnalysisOptions, mayAlign } from './options.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { RaisedAlert } from './raised-alert.ts';
import { ScanLayers } from './scan-layers.ts';
import { ScanReader } from './scan-reader.ts';
import { ScanReading } from './scan-reading.ts';
import { ABORTED, ScanWarnings } from './scan-warnings.ts';
import type { Reading } from './survey/reading-survey.ts';
import { SurveyRun } from './survey/survey-run.ts';
import type { Wanted } from './threads/resumption.ts';

export interface ScanRunInput {
  opening: ScanOpening;
  options: AnalysisOptions;
  source: string;
  epoch: number;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  changed: (change: StateChange) => void;
  alert: (alert: RaisedAlert) => void;
  cleared: (id: string) => void;
  /** The scan has ended and its edges are read otherwise: it has to be finalised again. */
  reopened: (status: 'complete' | 'aborted') => void;
}

/** One scan under analysis: its workers, pictures and words. */
export class ScanRun {
  readonly reading: ScanReading;
  readonly message: ScanMessage;
  readonly layers: ScanLayers;
  readonly topics = new Map<string, Topic>();
  readonly #warnings: ScanWarnings;
  status: ScanStatus = 'waiting';
  readonly #input: ScanRunInput;
  readonly #edges: EdgeRun[] = [];
  readonly #information: InformationBoard;
  readonly #names: NameBoard;
  readonly survey: SurveyRun;
  readonly meter: ProgressMeter;
  readonly #finals = new FinalRound<EdgeRun | SurveyRun>();
  /** Those that have shown their final maps. */
  readonly #done = new Set<EdgeRun | SurveyRun>();
  readonly #reader: ScanReader;
  /** Whether the edges have been asked for their final maps. */
  #isAsked = false;
  #closed = false;

  constructor(input: ScanRunInput) {
    this.#input = input;
    const { scan } = input.opening;
    this.#warnings = new ScanWarnings(scan, input);
    this.meter = new ProgressMeter(pixelCount(scan), input.opening.core.paths.length, input.now);
    this.reading = new ScanReading(scan, input.options, this.#warnings);
    const { usable, refused } = this.reading;
    for (const { edge, note } of refused) this.#topic(unavailable(edge, input.epoch, note));
    this.layers = new ScanLayers(scan, usable);
    this.message = {
      type: 'scan',
      epoch: input.epoch,
      scan,
      source: input.source,
      edges: this.reading.edges,
      layers: this.layers.all.map(({ layer }) => layer),
    };
    this.#reader = new ScanReader(layoutsOf(input.opening), this.layers.survey.shifts);
    this.survey = this.#startSurvey();
    for (const edge of usable) this.#edges.push(this.#startEdge(edge));
    const { references = [], calibrationSigmaEv, seed, live } = input.options;
    const sum = () => this.topics.get('sum-spectrum') as SumSpectrum | undefined;
    this.#names = new NameBoard({
      edges: this.#edges,
      references,
      calibrationSigmaEv,
      seed,
      live,
      sum,
      atBound: (shiftEv) => {
        if (shiftEv === undefined) this.#warnings.clear('names');
        else
          this.#warnings.warn(
            'names',
            'warning',
            `names: the shift of the energy axis that references ask for stands at its bound, ${shiftEv.toFixed(2)} eV: the axis is off by more, or no reference is of these phases`,
          );
      },
    });
    const sayInformation = (severity: Alert['severity'], message: string) =>
      this.#warnings.warn('information', severity, `information: ${message}`);
    this.#information = new InformationBoard({
      edges: this.#edges,
      layers: this.layers,
      scan,
      now: input.now,
      publish: (information, layers) => {
        this.#topic({ ...information, epoch: input.epoch });
        for (const layer of layers) this.#rows(layer, 0, this.meter.measured.length);
      },
      warning: (message) => sayInformation('warning', message),
      failed: (message) => sayInformation('error', message),
    });
  }

  /** With the energy axis in force. */
  get scan(): Scan {
    return this.message.scan;
  }

  get warnings(): string[] {
    return this.#warnings.messages;
  }

  get edges(): readonly EdgeRun[] {
    return this.#edges;
  }

  get #workers() {
    return [...this.#active, this.survey];
  }

  get #active(): EdgeRun[] {
    return this.#edges.filter(({ suspended }) => !suspended);
  }

  #wantedOf(worker: EdgeRun | SurveyRun): Wanted {
    if (this.status === 'complete' || this.status === 'aborted') return undefined;
    if (this.status !== 'finalising') return 'live';
    // One that has answered has shown its final maps.
    return this.#finals.owes(worker) ? 'final' : undefined;
  }

  #startSurvey(): SurveyRun {
    const { edges: asked, align, calibrate, live } = this.#input.options;
    const run: SurveyRun = new SurveyRun({
      scan: this.#input.opening.scan,
      layouts: layoutsOf(this.#input.opening),
      maps: this.layers.survey,
      edges: this.reading.usable,
      asked,
      align,
      calibrate,
      live,
      measured: this.meter.measured,
      wanted: () => this.#wantedOf(run),
      on: {
        maps: (first, count) => {
          for (const { layer } of this.layers.all)
            if (layer.kind === 'counts' || layer.kind === 'thickness') this.#rows(layer.id, first, count);
        },
        alignment: (alignment) => {
          this.#reader.align(alignment);
          for (const edge of this.#edges) edge.send({ type: 'align', alignment });
        },
        reading: (reading) => this.#read(reading),
        sum: (sum) => this.#topic({ ...sum, epoch: this.#input.epoch }),
        calibration: (calibration) => this.#topic({ ...calibration, epoch: this.#input.epoch }),
        alert: (alert) => this.#warnings.raise(alert),
        finished: () => this.#answered(run),
        cleared: (id) => this.#warnings.clear(id),
        ended: () => this.#finals.ended(run),
      },
    });
    return run;
  }

  #startEdge(edge: Edge): EdgeRun {
    const maps = this.layers.edges.get(edge.name);
    if (!maps) throw new Error(`no maps for ${edge.name}`);
    const { options, epoch } = this.#input;
    const { usable, scan } = this.reading;
    const warn = this.#warnings.warnOfEdge.bind(this.#warnings, edge.name);
    const run: EdgeRun = new EdgeRun({
      edge,
      scan,
      epoch,
      core: this.#input.opening.core,
      options: { ...options, edges: usable },
      maps,
      shifts: this.layers.survey.shifts,
      measured: this.meter.measured,
      wanted: () => this.#wantedOf(run),
      on: {
        maps: (first, count, classesOnly) => {
          for (const { layer } of this.layers.ofEdge(edge.name, classesOnly))
            this.#rows(layer.id, first, count);
          if (run.revision > 0 && !this.#closed) this.#information.schedule();
        },
        topic: (topic) => {
          for (const layer of this.layers.ofEdge(edge.name)) layer.revision = run.revision;
          this.#topic(topic);
          if (topic.type === 'class-spectra' && !this.#closed) this.#names.schedule();
        },
        warning: (message, about) => warn('warning', message, about),
        restarted: (message) => warn('warning', message, 'thread'),
        finished: (fault) => {
          if (fault) warn('error', fault);
          else if (this.status === 'finalising') this.#information.addFinal(edge.name);
          this.#answered(run);
        },
        ended: (message) => {
          warn('error', message);
          this.#finals.ended(run);
        },
      },
    });
    return run;
  }

  /** The final maps of a worker are shown, or will not come. */
  #answered(run: EdgeRun | SurveyRun): void {
    this.#done.add(run);
    this.#finals.answered(run);
    // Others need what the threads hold; they are started again should anything come after all.
    if (!this.#input.options.live && this.#done.has(this.survey))
      for (const edge of this.#edges) if (this.#done.has(edge)) void edge.kill();
  }

  /**
   * Has the edges read on another axis; what is shown stays until there are models on it.
   * @throws InputError when it covers none of them
   */
  chooseAxis(energy: EnergyAxis): void {
    if (!this.reading.isCovered(energy))
      throw new InputError(
        'axis',
        'energy',
        'expected an axis that covers one of the edges, found one that covers none',
      );
    this.survey.send({ type: 'choose', energy });
  }

  /** Has the edges read as the survey found that they are to be; final maps are asked for anew where they are. */
  #read(reading: Reading): void {
    if (this.#closed) return;
    const changed = this.reading.take(reading);
    if (changed.length === 0) return;
    Object.assign(this.message, { scan: this.reading.scan, edges: this.reading.edges });
    const { usable, refused, energy } = this.reading;
    for (const { edge, note } of refused) {
      this.#edges.find((one) => one.edge.name === edge.name)?.suspend(note);
      this.#topic(unavailable(edge, this.#input.epoch, note));
    }
    this.#input.changed({ type: 'retuned', message: this.message });
    const ended = this.status === 'complete' || this.status === 'aborted' ? this.status : undefined;
    for (const edge of usable.filter(({ name }) => changed.includes(name))) {
      const known = this.#edges.find((one) => one.edge.name === edge.name);
      known?.retune(edge, energy);
      const run = known ?? this.#addEdge(edge);
      this.#done.delete(run);
      if (this.status === 'finalising' && this.#isAsked)
        this.#finals.askAgain(run, (worker) => worker.send({ type: 'finalise' }));
    }
    if (ended) this.#input.reopened(ended);
  }

  /** An edge that the axis as it was before did not cover. */
  #addEdge(edge: Edge): EdgeRun {
    for (const { layer } of this.layers.addEdge(edge.name)) {
      this.message.layers.push(layer);
      this.#input.changed({ type: 'layer', message: { type: 'layer', epoch: this.#input.epoch, layer } });
    }
    const run = this.#startEdge(edge);
    this.#edges.push(run);
    run.catchUp();
    this.#information.edgesChanged();
    return run;
  }

  /** Pixels [first, first + count) are complete in pass `pass`, from 0. */
  measured(first: number, count: number, pass: number): void {
    if (this.status !== 'live') {
      this.#warnings.goOn();
      this.#information.goOn();
    }
    this.status = 'live';
    this.meter.add(first, count, pass);
    for (const worker of this.#workers) worker.send({ type: 'measured', first, count, pass });
  }

  /** A further pass begins: its files belong to the cube from now on. */
  pass(opening: ScanOpening): void {
    const layouts = layoutsOf(opening);
    this.meter.passes = layouts.core.paths.length;
    for (const edge of this.#edges) edge.send({ type: 'extend', core: layouts.core });
    this.survey.send({ type: 'extend', layouts });
    this.#reader.extend(layouts);
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
    this.#warnings.goOn();
    this.status = 'finalising';
    this.#information.goOn();
    this.#information.expectFinal();
    this.#done.clear();
    const { options, opening } = this.#input;
    // The edges' models wait for the shifts that the survey finds, where it does.
    const waits = mayAlign(options.align, opening.lowLoss !== undefined);
    const rounds = waits ? [() => [this.survey], () => this.#active] : [() => this.#workers];
    for (const [n, workers] of rounds.entries()) {
      this.#isAsked = n === rounds.length - 1;
      await this.#finals.ask(workers(), (worker) => worker.send({ type: 'finalise' }));
      // More spectra may have come meanwhile: then the scan is live again and will be finalised again.
      if (this.#closed || this.status !== 'finalising') return;
    }
    const informed = this.#information.finalise();
    this.#names.update();
    await informed;
    if (this.#closed || this.status !== 'finalising') return;
    // Edges that are read otherwise since.
    if (this.#finals.isOpen) return this.finalise(status);
    if (status === 'aborted')
      this.#warnings.warn(
        ABORTED,
        'warning',
        `ended after ${this.meter.spectra} of ${this.meter.total} spectra`,
      );
    this.#end(status);
  }

  /** The final maps will not come: the maps stay as they are. */
  giveUp(status: 'complete' | 'aborted'): void {
    if (this.status === 'finalising') this.#end(status);
  }

  #end(status: 'complete' | 'aborted'): void {
    this.meter.stop();
    this.status = status;
  }

  progress(wallClock: number): Progress {
    const analysed = this.#active.map((edge) => edge.analysed);
    return this.meter.progress({ epoch: this.#input.epoch, status: this.status, analysed }, wallClock);
  }

  spectrum(pixel: number): Promise<PixelSpectrum> {
    const { epoch } = this.#input;
    const { scan } = this;
    return this.#reader.view(pixel, { scan, epoch, measured: this.meter.measured, edges: this.#active });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#finals.release();
    await Promise.all([this.#information, this.#names, ...this.#workers].map((worker) => worker.close()));
    await this.#reader.close();
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

const layoutsOf = ({ core, lowLoss }: ScanOpening) => ({ core, ...(lowLoss && { lowLoss }) });
