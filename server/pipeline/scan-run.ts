import {
  type Alert,
  type EnergyAxis,
  InputError,
  type Layer,
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
import { type EdgeRun, unavailable } from './edge/edge-run.ts';
import { InformationBoard } from './information/information-board.ts';
import type { StateChange } from './live-state.ts';
import { NameBoard } from './names/name-board.ts';
import type { AnalysisOptions } from './options.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { RaisedAlert } from './raised-alert.ts';
import { ScanLayers } from './scan-layers.ts';
import { ScanReader } from './scan-reader.ts';
import { ScanReading } from './scan-reading.ts';
import { ABORTED, ScanWarnings } from './scan-warnings.ts';
import { ScanWorkers } from './scan-workers.ts';
import type { SurveyRun } from './survey/survey-run.ts';
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
  readonly #information: InformationBoard;
  readonly #names: NameBoard;
  readonly #workers: ScanWorkers;
  readonly meter: ProgressMeter;
  readonly #reader: ScanReader;
  /** It had ended, and final maps are to be asked for again. */
  #isReopened = false;
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
    this.#workers = this.#startWorkers();
    this.#names = this.#startNames();
    this.#information = this.#startInformation();
  }

  /** With the energy axis in force. */
  get scan(): Scan {
    return this.message.scan;
  }

  get warnings(): string[] {
    return this.#warnings.messages;
  }

  get survey(): SurveyRun {
    return this.#workers.survey;
  }

  /** Those that can be read. */
  get edges(): readonly EdgeRun[] {
    return this.#workers.edges;
  }

  get #wanted(): Wanted {
    if (this.#isReopened || this.status === 'complete' || this.status === 'aborted') return undefined;
    return this.status === 'finalising' ? 'final' : 'live';
  }

  #startWorkers(): ScanWorkers {
    const { opening, options, epoch } = this.#input;
    return new ScanWorkers({
      opening,
      options,
      epoch,
      layers: this.layers,
      reading: this.reading,
      warnings: this.#warnings,
      measured: this.meter.measured,
      wanted: () => this.#wanted,
      on: {
        rows: (layer, first, count) => this.#rows(layer, first, count),
        topic: (topic) => this.#topic(topic),
        alignment: (alignment) => this.#reader.align(alignment),
        maps: ({ revision }) => {
          if (revision > 0 && !this.#closed) this.#information.schedule();
        },
        classes: () => {
          if (!this.#closed) this.#names.schedule();
        },
        final: (edge) => {
          if (this.status === 'finalising') this.#information.addFinal(edge);
        },
        added: (layers) => {
          this.#addLayers(layers);
          this.#information.edgesChanged();
        },
        reread: () => this.#reread(),
      },
    });
  }

  #startNames(): NameBoard {
    const { references = [], calibrationSigmaEv, seed, live } = this.#input.options;
    return new NameBoard({
      edges: () => this.edges,
      references,
      calibrationSigmaEv,
      seed,
      live,
      sum: () => this.topics.get('sum-spectrum') as SumSpectrum | undefined,
      atBound: (text) => this.#warnings.ongoing('names', text && `names: ${text}`),
    });
  }

  #startInformation(): InformationBoard {
    const { epoch, now } = this.#input;
    const say = (severity: Alert['severity'], message: string) =>
      this.#warnings.warn('information', severity, `information: ${message}`);
    return new InformationBoard({
      edges: () => this.edges,
      layers: this.layers,
      scan: this.scan,
      now,
      publish: (information, layers) => {
        this.#topic({ ...information, epoch });
        for (const layer of layers) this.#rows(layer, 0, this.meter.measured.length);
      },
      warning: (message) => say('warning', message),
      failed: (message) => say('error', message),
    });
  }

  /**
   * Has the edges read on another axis; what is shown stays until there are models on it.
   * @throws InputError when it covers none of them
   */
  chooseAxis(energy: EnergyAxis): void {
    if (!this.reading.isCovered(energy))
      throw new InputError('axis', 'energy', 'expected an axis that covers one of the edges');
    this.#workers.choose(energy);
  }

  /** The axis or the windows are others from now on. */
  #reread(): void {
    if (this.#closed) return;
    const { status } = this;
    const hasEnded = status === 'complete' || status === 'aborted';
    if (hasEnded) {
      this.#isReopened = true;
      this.status = 'finalising';
    }
    Object.assign(this.message, { scan: this.reading.scan, edges: this.reading.edges });
    this.#input.changed({ type: 'retuned', message: this.message });
    if (hasEnded) this.#input.reopened(status);
  }

  #addLayers(layers: readonly Layer[]): void {
    const { epoch, changed } = this.#input;
    for (const layer of layers) {
      this.message.layers.push(layer);
      changed({ type: 'layer', message: { type: 'layer', epoch, layer } });
    }
  }

  /** Pixels [first, first + count) are complete in pass `pass`, from 0. */
  measured(first: number, count: number, pass: number): void {
    if (this.status !== 'live') {
      this.#warnings.goOn();
      this.#information.goOn();
    }
    this.status = 'live';
    this.meter.add(first, count, pass);
    this.#workers.measured(first, count, pass);
  }

  /** A further pass begins: its files belong to the cube from now on. */
  pass(opening: ScanOpening): void {
    this.meter.passes = opening.core.paths.length;
    this.#workers.extend(opening);
    this.#reader.extend(layoutsOf(opening));
  }

  channel(name: string, first: number, values: Float32Array): void {
    const { layer, added } = this.layers.channel(name);
    layer.data.set(values, first);
    if (added) this.#addLayers([layer.layer]);
    this.#rows(layer.layer.id, first, values.length);
  }

  /** Fits the canonical models on all that is measured; resolves when every map is final. */
  async finalise(status: 'complete' | 'aborted'): Promise<void> {
    if (this.#closed) return;
    this.#warnings.goOn();
    this.#isReopened = false;
    this.status = 'finalising';
    this.#information.goOn();
    this.#information.expectFinal();
    const isWanted = () => !this.#closed && this.status === 'finalising';
    await this.#workers.finalise(isWanted);
    // More spectra may have come meanwhile: then the scan is live again and will be finalised again.
    if (!isWanted()) return;
    const informed = this.#information.finalise();
    this.#names.update();
    await informed;
    if (!isWanted()) return;
    // Edges that are read otherwise since.
    if (this.#workers.owes) return this.finalise(status);
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
    const analysed = this.edges.map((edge) => edge.analysed);
    return this.meter.progress({ epoch: this.#input.epoch, status: this.status, analysed }, wallClock);
  }

  spectrum(pixel: number): Promise<PixelSpectrum> {
    const { scan, edges, meter } = this;
    return this.#reader.view(pixel, { scan, epoch: this.#input.epoch, measured: meter.measured, edges });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#information, this.#names, this.#workers].map((one) => one.close()));
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
