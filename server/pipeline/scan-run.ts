import {
  type Annotation,
  type AnnotationCommand,
  type Annotations,
  counted,
  type EnergyAxis,
  hasEnded,
  InputError,
  type PixelSpectrum,
  type PlanDrift,
  type Progress,
  pixelCount,
  type Scan,
  type ScanMapKind,
  type ScanMessage,
  type ScanStatus,
  type SumSpectrum,
  type Topic,
  topicKey,
} from '../../protocol/index.ts';
import type { Patch } from '../formats/cube.ts';
import { coveredPixels, RESCAN } from '../formats/reading/exposure.ts';
import { overlap } from '../formats/reading/patched-reader.ts';
import type { ScanOpening, TakenRescan } from '../sources/source.ts';
import { withAnnotation } from './annotations.ts';
import { type EdgeRun, unavailable } from './edge/edge-run.ts';
import { ExposureMap, isDwell } from './exposure-map.ts';
import type { LiveCubes } from './live-state.ts';
import type { AnalysisOptions } from './options.ts';
import type { PlanBoard } from './planner/plan-board.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { Alignment } from './reading/aligned-reader.ts';
import { ScanBoards } from './scan-boards.ts';
import { type ScanLayer, ScanLayers } from './scan-layers.ts';
import { ScanReader } from './scan-reader.ts';
import { ScanReading } from './scan-reading.ts';
import type { ScanRunInput } from './scan-run-input.ts';
import { ABORTED, ScanWarnings } from './scan-warnings.ts';
import { ScanWorkers } from './scan-workers.ts';
import { lowLossOrigin } from './survey/low-loss-of.ts';
import { layoutsOf } from './survey/survey-protocol.ts';
import type { SurveyRun } from './survey/survey-run.ts';
import type { Wanted } from './threads/resumption.ts';

/** One scan under analysis: its workers, layers and topics. */
export class ScanRun {
  readonly reading: ScanReading;
  readonly message: ScanMessage;
  /** Origin of the low loss: a file's name, or the file itself; undefined without one. */
  readonly lowLossFrom: string | undefined;
  readonly layers: ScanLayers;
  readonly topics = new Map<string, Topic>();
  readonly #warnings: ScanWarnings;
  status: ScanStatus = 'waiting';
  /** Folder of the session that the scan is recorded in. */
  readonly session: string | undefined;
  readonly #input: ScanRunInput;
  /** With the files of all passes. */
  #opening: ScanOpening;
  readonly #boards: ScanBoards;
  readonly #workers: ScanWorkers;
  readonly meter: ProgressMeter;
  readonly #reader: ScanReader;
  readonly #exposure: ExposureMap;
  /** It had ended, and final maps must be requested again. */
  #isReopened = false;
  #endedAs: 'complete' | 'aborted' = 'complete';
  #closed = false;

  constructor(input: ScanRunInput) {
    this.#input = input;
    this.#opening = input.opening;
    this.session = input.opening.session;
    const { scan } = input.opening;
    this.lowLossFrom = lowLossOrigin(input.opening);
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
    this.#exposure = new ExposureMap({
      layers: this.layers,
      measured: this.meter.measured,
      layout: input.opening.core,
      dwellSeconds: scan.dwellSeconds,
    });
    this.#reader = new ScanReader(layoutsOf(input.opening), this.layers.survey.shifts);
    this.#workers = this.#startWorkers();
    this.#boards = this.#startBoards();
  }

  /** Adds the rescans that came with the scan; call it after the scan was announced. */
  begin(): void {
    this.#takeRescans(this.#opening.core.patches ?? []);
    if (this.rescans.length > 0) this.plan?.rescanned(this.#drift);
  }

  /** Drift of the specimen according to the newest rescan that was registered. */
  get #drift(): PlanDrift | undefined {
    const newest = this.rescans.findLast(({ shift }) => shift !== undefined);
    return newest?.shift && { y: newest.shift.y, x: newest.shift.x, applied: newest.applied };
  }

  /** With the energy axis in force. */
  get scan(): Scan {
    return this.message.scan;
  }

  get cubes(): LiveCubes {
    const { core, lowLoss, scan } = this.#opening;
    return { core, ...(lowLoss && { lowLoss }), energy: scan.energy, passes: this.meter.measured };
  }

  /** Rescans that have joined. */
  get rescans(): readonly TakenRescan[] {
    return this.#opening.rescans ?? [];
  }

  /** Programs for embedding and k-means. */
  get programs(): Pick<AnalysisOptions, 'umap' | 'kmeans'> {
    const { umap, kmeans } = this.#input.options;
    return { umap, kmeans };
  }

  get warnings(): string[] {
    return this.#warnings.messages;
  }

  /** How spectra are read by now; undefined: as they were recorded. */
  get alignment(): Alignment | undefined {
    return this.#reader.alignment;
  }

  get survey(): SurveyRun {
    return this.#workers.survey;
  }

  /** Those that can be read. */
  get edges(): readonly EdgeRun[] {
    return this.#workers.edges;
  }

  get #wanted(): Wanted {
    if (this.#isReopened || hasEnded(this.status)) return undefined;
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
        topic: (topic) => {
          if (topic.type === 'sum-spectrum' && topic.zeroLoss)
            this.#announce(this.layers.show('thickness'), 0, this.meter.measured.length);
          this.#topic(topic);
        },
        alignment: (alignment) => this.#reader.align(alignment),
        maps: ({ revision }) => {
          if (revision !== 0 && !this.#closed) this.#boards.mapsChanged();
        },
        classes: () => {
          if (!this.#closed) this.#boards.classesChanged();
        },
        final: (edge) => {
          if (this.status === 'finalising') this.#boards.addFinal(edge);
        },
        added: (layers) => {
          for (const layer of layers) this.#announce(layer, 0, this.meter.measured.length);
          this.#boards.edgesChanged();
        },
        reread: () => this.#reread(),
      },
    });
  }

  #startBoards(): ScanBoards {
    const { options, epoch, now, wall } = this.#input;
    const pixels = this.meter.measured.length;
    return new ScanBoards({
      options,
      epoch,
      now,
      wall,
      scan: this.scan,
      layers: this.layers,
      warnings: this.#warnings,
      edges: () => this.edges,
      passes: () => this.meter.passes,
      sum: () => this.topics.get('sum-spectrum') as SumSpectrum | undefined,
      on: {
        topic: (topic) => this.#topic(topic),
        changed: (layer) => this.#rows(layer, 0, pixels),
        show: (kind, revision) => this.#show(kind, 0, pixels, revision),
        informationFailed: (forGood) => this.#workers.informationFailed(forGood),
      },
    });
  }

  /** Where to scan again; undefined where nothing is planned. */
  get plan(): PlanBoard | undefined {
    return this.#boards.plan;
  }

  /**
   * Switches the edges to another axis; maps stay until there are models on it.
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
    this.plan?.expire('the edges are read otherwise');
    const isOver = hasEnded(this.status);
    if (isOver) {
      this.#isReopened = true;
      this.status = 'finalising';
    }
    Object.assign(this.message, { scan: this.reading.scan, edges: this.reading.edges });
    this.#input.changed({ type: 'retuned', message: this.message });
    if (isOver) this.#input.reopened(this.#endedAs);
  }

  /**
   * Adds or removes a note about the scan.
   * @param now ms since 1970
   * @throws InputError when the note does not fit the scan
   */
  annotate(command: AnnotationCommand, now: number): void {
    const known = this.topics.get('annotations') as Annotations | undefined;
    const moment = { now, shown: now };
    this.setAnnotations(withAnnotation(known?.annotations ?? [], command, this.scan.shape, moment));
  }

  /** Shows the notes that there are about the scan. */
  setAnnotations(annotations: Annotation[]): void {
    this.#topic({ type: 'annotations', epoch: this.#input.epoch, annotations });
  }

  /** Pixels [first, first + count) are complete in pass `pass`, from 0. */
  measured(first: number, count: number, pass: number): void {
    if (this.status !== 'live') {
      this.#warnings.goOn();
      this.#boards.goOn(hasEnded(this.status) && pass !== RESCAN);
    }
    this.status = 'live';
    this.meter.add(first, count, pass);
    this.#workers.measured(first, count, pass);
    this.#exposure.note(first, count);
    this.#showExposure(first, count);
  }

  /** No map while all pixels are exposed once. */
  #showExposure(first: number, count: number): void {
    if (this.#exposure.differs) this.#show('exposure', first, count);
  }

  /** A rescan joins the scan: it belongs to the cube from now on, and final maps are made again. */
  rescan(opening: ScanOpening): void {
    const known = this.#opening.core.patches?.length ?? 0;
    const isOver = hasEnded(this.status) || this.status === 'finalising';
    this.#extend(opening);
    this.#takeRescans((opening.core.patches ?? []).slice(known));
    this.plan?.rescanned(this.#drift);
    if (isOver) this.#input.reopened(this.#endedAs);
  }

  /** Marks the pixels of rescans, which the workers already have, as measured. */
  #takeRescans(patches: readonly Patch[]): void {
    const columns = this.scan.shape[1];
    for (const patch of patches) {
      this.meter.rescanned += coveredPixels(patch, this.scan.shape);
      for (const { target, count } of overlap(patch, columns, 0, pixelCount(this.scan)))
        this.measured(target, count, RESCAN);
    }
  }

  /** A further pass begins: its files belong to the cube from now on. */
  pass(opening: ScanOpening): void {
    this.meter.passes = opening.core.paths.length;
    this.plan?.expire('a further pass over the whole area begins');
    this.#extend(opening);
  }

  /** The files of the scan have other names from now on. */
  moved(opening: ScanOpening): void {
    this.#extend(opening);
  }

  #extend(opening: ScanOpening): void {
    this.#opening = opening;
    this.#exposure.layout = opening.core;
    this.#workers.extend(opening);
    this.#reader.extend(layoutsOf(opening));
  }

  channel(name: string, first: number, values: Float32Array): void {
    const { layer, added } = this.layers.channel(name);
    layer.data.set(values, first);
    if (isDwell(name)) {
      this.#exposure.takeDwell(layer.data as Float32Array, first, values.length);
      this.#showExposure(first, values.length);
    }
    if (added) this.#announce(layer, first, values.length);
    else this.#rows(layer.layer.id, first, values.length);
  }

  /** Pixels [first, first + count) of a map of the scan have changed; it is announced where it is there for the first time. */
  #show(kind: ScanMapKind, first: number, count: number, revision = 0): void {
    const added = this.layers.show(kind);
    const known = this.layers.all.find(({ layer }) => layer.kind === kind);
    if (known) known.revision = revision;
    if (added) this.#announce(added, 0, this.meter.measured.length);
    else if (known) this.#rows(known.layer.id, first, count);
  }

  /** Announces a layer that was added during the scan, with its samples. */
  #announce(added: ScanLayer | undefined, first: number, count: number): void {
    if (this.#closed || !added) return;
    const { layer } = added;
    const { epoch, changed } = this.#input;
    this.message.layers.push(layer);
    changed({ type: 'layer', message: { type: 'layer', epoch, layer } });
    this.#rows(layer.id, first, count);
  }

  /** Fits the canonical models on all that is measured; resolves when every map is final. */
  async finalise(status: 'complete' | 'aborted'): Promise<void> {
    if (this.#closed) return;
    this.#warnings.goOn();
    this.#isReopened = false;
    this.#endedAs = status;
    this.status = 'finalising';
    this.#boards.expectFinal();
    this.#exposure.settle();
    this.#showExposure(0, this.meter.measured.length);
    const isWanted = () => !this.#closed && this.status === 'finalising';
    await this.#workers.finalise(isWanted);
    // More spectra may have come meanwhile: then the scan is live again and will be finalised again.
    if (!isWanted()) return;
    await this.#boards.finalise(isWanted);
    if (!isWanted()) return;
    // Edges that are read otherwise since.
    if (this.#workers.hasUnawaitedFinals) return this.finalise(status);
    const { spectra, total } = this.meter;
    const early = `ended after ${spectra} of ${counted(total, 'spectrum', 'spectra')}`;
    if (status === 'aborted') this.#warnings.warn(ABORTED, 'warning', early);
    // A low loss by itself reaches no edge, and has its map of thickness.
    const { zeroLoss } = (this.topics.get('sum-spectrum') ?? {}) as Partial<SumSpectrum>;
    const isShown = this.edges.length > 0 || zeroLoss?.own;
    this.#end(this.#workers.succeed && isShown ? status : 'failed');
  }

  /** Gives up the final maps: the maps stay as they are. */
  giveUp = (): void => this.#end('failed');

  #end(status: 'complete' | 'aborted' | 'failed'): void {
    if (this.status !== 'finalising') return;
    this.meter.stop();
    this.status = status;
  }

  /** Its file holds another scan: reading stops, there will be no final maps, and the maps shown stay. */
  async stop(): Promise<void> {
    this.meter.stop();
    this.status = 'failed';
    await this.close();
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
    await Promise.all([this.#boards, this.#workers].map((one) => one.close()));
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
