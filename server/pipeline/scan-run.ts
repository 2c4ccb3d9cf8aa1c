import {
  type Alert,
  type Edge,
  hasEnded,
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
import { usableEdges } from './edge/usable-edges.ts';
import { FinalRound } from './final-round.ts';
import { InformationBoard } from './information/information-board.ts';
import { NameBoard } from './names/name-board.ts';
import { mayAlign } from './options.ts';
import { ProgressMeter } from './progress-meter.ts';
import { type ScanLayer, ScanLayers } from './scan-layers.ts';
import { ScanReader } from './scan-reader.ts';
import type { ScanRunInput } from './scan-run-input.ts';
import { ABORTED, ScanWarnings } from './scan-warnings.ts';
import { lowLossOf, lowLossOrigin } from './survey/low-loss-of.ts';
import { layoutsOf } from './survey/survey-protocol.ts';
import { SurveyRun } from './survey/survey-run.ts';
import type { Wanted } from './threads/resumption.ts';

/** One scan under analysis: its workers, pictures and words. */
export class ScanRun {
  readonly scan: Scan;
  readonly message: ScanMessage;
  /** What the low loss came from: a file's name, or the file itself; undefined without one. */
  readonly lowLossFrom: string | undefined;
  readonly layers: ScanLayers;
  readonly topics = new Map<string, Topic>();
  readonly #warnings: ScanWarnings;
  status: ScanStatus = 'waiting';
  readonly #input: ScanRunInput;
  /** Those that the energy axis covers. */
  readonly #usable: Edge[];
  readonly #edges: EdgeRun[] = [];
  readonly #information: InformationBoard;
  readonly #names: NameBoard;
  readonly survey: SurveyRun;
  readonly meter: ProgressMeter;
  readonly #finals = new FinalRound<EdgeRun | SurveyRun | 'information'>();
  readonly #reader: ScanReader;
  #closed = false;

  constructor(input: ScanRunInput) {
    this.#input = input;
    this.scan = input.opening.scan;
    this.lowLossFrom = lowLossOrigin(input.opening);
    this.#warnings = new ScanWarnings(this.scan, input);
    this.meter = new ProgressMeter(pixelCount(this.scan), input.opening.core.paths.length, input.now);
    this.#usable = usableEdges(this.scan, input.options, {
      warning: (edge, id, text) => this.#warnings.warnOfEdge(edge.name, 'warning', text, id),
      refused: (edge, text) => {
        this.#warnings.warn(`edge/${edge.name}`, 'warning', text);
        this.#topic(unavailable(edge, input.epoch, text));
      },
    });
    this.layers = new ScanLayers(this.scan, this.#usable);
    this.message = {
      type: 'scan',
      epoch: input.epoch,
      scan: this.scan,
      source: input.source,
      edges: input.options.edges,
      layers: this.layers.all.map(({ layer }) => layer),
    };
    this.#reader = new ScanReader(layoutsOf(input.opening), this.scan, this.layers.survey.shifts);
    this.survey = this.#startSurvey();
    for (const edge of this.#usable) this.#edges.push(this.#startEdge(edge));
    const { references = [], calibrationSigmaEv, seed, live } = input.options;
    const sum = () => this.topics.get('sum-spectrum') as SumSpectrum | undefined;
    this.#names = new NameBoard({ edges: this.#edges, references, calibrationSigmaEv, seed, live, sum });
    const sayInformation = (severity: Alert['severity'], text: string) =>
      this.#warnings.warn('information', severity, `information: ${text}`);
    this.#information = new InformationBoard({
      edges: this.#edges,
      layers: this.layers,
      scan: this.scan,
      now: input.now,
      publish: (information, layers) => {
        this.#topic({ ...information, epoch: input.epoch });
        for (const layer of layers) this.#rows(layer, 0, this.meter.measured.length);
      },
      warning: (message) => sayInformation('warning', message),
      failed: (message, forGood) => {
        sayInformation('error', message);
        if (forGood) this.#finals.ended('information');
        else this.#finals.answered('information', false);
      },
    });
  }

  get warnings(): string[] {
    return this.#warnings.messages;
  }

  get edges(): readonly EdgeRun[] {
    return this.#edges;
  }

  get #workers() {
    return [...this.#edges, this.survey];
  }

  #wantedOf(worker: EdgeRun | SurveyRun): Wanted {
    if (hasEnded(this.status)) return undefined;
    if (this.status !== 'finalising') return 'live';
    // One that has answered has shown its final maps.
    return this.#finals.owes(worker) ? 'final' : undefined;
  }

  #startSurvey(): SurveyRun {
    const run: SurveyRun = new SurveyRun({
      scan: this.scan,
      layouts: layoutsOf(this.#input.opening),
      maps: this.layers.survey,
      edges: this.#usable,
      align: this.#input.options.align,
      live: this.#input.options.live,
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
        sum: (sum) => {
          if (sum.zeroLoss) this.#announce(this.layers.addThickness(), 0, this.meter.measured.length);
          this.#topic({ ...sum, epoch: this.#input.epoch });
        },
        alert: (alert) => this.#warnings.raise(alert),
        cleared: (id) => this.#warnings.withdraw(id),
        finished: (succeeded) => this.#finals.answered(run, succeeded),
        ended: () => this.#finals.ended(run),
      },
    });
    return run;
  }

  #startEdge(edge: Edge): EdgeRun {
    const maps = this.layers.edges.get(edge.name);
    if (!maps) throw new Error(`no maps for ${edge.name}`);
    const { options, epoch } = this.#input;
    const warn = this.#warnings.warnOfEdge.bind(this.#warnings, edge.name);
    const run: EdgeRun = new EdgeRun({
      edge,
      scan: this.scan,
      epoch,
      core: this.#input.opening.core,
      options: { ...options, edges: this.#usable },
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
          this.#finals.answered(run, !fault);
        },
        ended: (message) => {
          warn('error', message);
          this.#finals.ended(run);
        },
      },
    });
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
    if (added) this.#announce(layer, first, values.length);
    else this.#rows(layer.layer.id, first, values.length);
  }

  /** Tells of a layer that came after the scan had begun, if one did, with what it holds. */
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
    this.status = 'finalising';
    this.#finals.begin();
    this.#information.expectFinal();
    // The edges' models wait for the shifts that the survey finds, where it does.
    const waits = mayAlign(this.#input.options.align, lowLossOf(this.scan) !== undefined);
    const rounds = waits ? [[this.survey], this.#edges] : [this.#workers];
    for (const workers of rounds) {
      await this.#finals.ask(workers, (worker) => worker.send({ type: 'finalise' }));
      // More spectra may have come meanwhile: then the scan is live again and will be finalised again.
      if (this.#closed || this.status !== 'finalising') return;
    }
    const informed = this.#information.finalise();
    this.#names.update();
    await informed;
    if (this.#closed || this.status !== 'finalising') return;
    const { spectra, total } = this.meter;
    const early = `ended after ${spectra} of ${total} spectra`;
    if (status === 'aborted') this.#warnings.warn(ABORTED, 'warning', early);
    // A low loss by itself reaches no edge, and has its map of thickness.
    const { zeroLoss } = (this.topics.get('sum-spectrum') ?? {}) as Partial<SumSpectrum>;
    const isShown = this.#edges.length > 0 || zeroLoss?.own;
    this.#end(this.#finals.succeeds && isShown ? status : 'failed');
  }

  /** The final maps will not come: the maps stay as they are. */
  giveUp = (): void => this.#end('failed');

  #end(status: 'complete' | 'aborted' | 'failed'): void {
    if (this.status !== 'finalising') return;
    this.meter.stop();
    this.status = status;
  }

  progress(wallClock: number): Progress {
    const analysed = this.#edges.map((edge) => edge.analysed);
    return this.meter.progress({ epoch: this.#input.epoch, status: this.status, analysed }, wallClock);
  }

  spectrum(pixel: number): Promise<PixelSpectrum> {
    const { epoch } = this.#input;
    return this.#reader.view(pixel, { epoch, measured: this.meter.measured, edges: this.#edges });
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
