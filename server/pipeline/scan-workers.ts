import type { Edge, EnergyAxis, Topic } from '../../protocol/index.ts';
import type { ReadingTrouble } from '../formats/reading/sample-file.ts';
import type { ScanOpening } from '../sources/source.ts';
import { FINAL_WARNINGS } from './edge/edge-protocol.ts';
import { EdgeRun, unavailable } from './edge/edge-run.ts';
import { FinalRound } from './final-round.ts';
import { type AnalysisOptions, mayAlign } from './options.ts';
import type { Alignment } from './reading/aligned-reader.ts';
import type { ScanLayer, ScanLayers } from './scan-layers.ts';
import type { ScanReading } from './scan-reading.ts';
import type { ScanWarnings } from './scan-warnings.ts';
import { lowLossOf } from './survey/low-loss-of.ts';
import type { Reading } from './survey/reading-survey.ts';
import { layoutsOf } from './survey/survey-protocol.ts';
import { SurveyRun } from './survey/survey-run.ts';
import { ReadTroubles } from './threads/read-troubles.ts';
import type { Wanted } from './threads/resumption.ts';

export interface ScanWorkersInput {
  opening: ScanOpening;
  options: AnalysisOptions;
  epoch: number;
  layers: ScanLayers;
  reading: ScanReading;
  warnings: ScanWarnings;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  /** What is still wanted of threads that have not answered. */
  wanted: () => Wanted;
  on: {
    /** Pixels [first, first + count) of a layer have changed. */
    rows(layer: number, first: number, count: number): void;
    topic(topic: Topic): void;
    alignment(alignment: Alignment): void;
    /** The maps of an edge have changed. */
    maps(edge: EdgeRun): void;
    /** The classes of an edge have spectra. */
    classes(): void;
    /** The final maps of an edge are shown. */
    final(edge: string): void;
    /** Layers of an edge that is read from now on. */
    added(layers: readonly ScanLayer[]): void;
    /** The axis or windows change; the edges are informed after this call. */
    reread(): void;
  };
}

/** Id of the alert about read faults. */
const READING = 'reading';

type WorkerRun = EdgeRun | SurveyRun;

/** The threads of a scan: the survey, and one for each edge, which read as the survey finds that they are to. */
export class ScanWorkers {
  readonly survey: SurveyRun;
  readonly #input: ScanWorkersInput;
  /** With those that cannot be read for now. */
  readonly #edges: EdgeRun[] = [];
  readonly #finals = new FinalRound<WorkerRun | 'information'>();
  /** Threads that have shown their final maps. */
  readonly #done = new Set<WorkerRun>();
  /** Whether the edges have been asked for their final maps. */
  #isAsked = false;
  #core: ScanOpening['core'];
  #alignment: Alignment | undefined;
  /** Read faults of all threads combined. */
  readonly #troubles: ReadTroubles;
  /** Reason why the spectra cannot be read. */
  #unreadable: string | undefined;

  constructor(input: ScanWorkersInput) {
    this.#input = input;
    this.#core = input.opening.core;
    this.#troubles = new ReadTroubles((trouble) => this.#reportTrouble(trouble));
    this.survey = this.#startSurvey();
    for (const edge of input.reading.usable) this.#edges.push(this.#startEdge(edge));
  }

  /** Those that can be read. */
  get edges(): EdgeRun[] {
    return this.#edges.filter(({ suspended }) => !suspended);
  }

  measured(first: number, count: number, pass: number): void {
    for (const worker of [...this.#edges, this.survey]) worker.send({ type: 'measured', first, count, pass });
  }

  /** There are further passes or rescans to read. */
  extend(opening: ScanOpening): void {
    const { core } = opening;
    this.#core = core;
    for (const edge of this.#edges) edge.send({ type: 'extend', core });
    this.survey.send({ type: 'extend', layouts: layoutsOf(opening) });
  }

  /** Switches the edges to another axis; the survey answers with a new reading. */
  choose(energy: EnergyAxis): void {
    this.survey.send({ type: 'choose', energy });
  }

  /**
   * Asks for final maps; resolves when all have answered.
   * @param isWanted false once more spectra have come: then they will be requested again
   */
  async finalise(isWanted: () => boolean): Promise<void> {
    this.#done.clear();
    this.#finals.begin();
    const { options, opening } = this.#input;
    // The edges' models wait for the shifts that the survey finds, where it does.
    const waits = mayAlign(options.align, lowLossOf(opening.scan) !== undefined);
    this.#isAsked = !waits;
    const ask = (workers: WorkerRun[]) =>
      this.#finals.ask(workers, (worker) => worker.send({ type: 'finalise' }));
    await ask(waits ? [this.survey] : [...this.edges, this.survey]);
    if (!waits || !isWanted()) return;
    this.#isAsked = true;
    await ask(this.edges);
  }

  /** Whether all final maps are there. */
  get succeed(): boolean {
    return this.#finals.succeeds;
  }

  informationFailed(forGood: boolean): void {
    if (forGood) this.#finals.ended('information');
    else this.#finals.answered('information', false);
  }

  /** One alert for all threads: they read the same files. */
  #reportTrouble(trouble: ReadingTrouble | undefined): void {
    const { warnings } = this.#input;
    this.#unreadable = trouble?.isFinal ? trouble.message : undefined;
    if (!trouble) warnings.withdraw(READING);
    else if (trouble.isFinal) warnings.warn(READING, 'error', trouble.message);
    else warnings.warn(READING, 'warning', `${trouble.message}; tried again until it can be read`);
  }

  /** Requests final maps again from edges that were asked before the reading was known. */
  #fitAgain(): void {
    const { reading, wanted } = this.#input;
    if (!this.#isAsked || wanted() !== 'final') return;
    for (const run of this.edges) {
      run.retune(run.edge, reading.scan.energy);
      this.#done.delete(run);
      this.#finals.askAgain(run, (worker) => worker.send({ type: 'finalise' }));
    }
  }

  /** Whether final maps are being made without a waiting call, because the reading changed. */
  get hasUnawaitedFinals(): boolean {
    return this.#finals.isOpen;
  }

  /** Applies the reading of the survey to the edges; final maps are requested again. */
  read(reading: Reading): void {
    const { reading: scan, epoch, on, wanted } = this.#input;
    const changed = scan.take(reading);
    if (changed.length === 0) return;
    on.reread();
    for (const { edge, note } of scan.refused) {
      const known = this.#find(edge);
      known?.suspend(note);
      if (known) this.#answered(known);
      on.topic(unavailable(edge, epoch, note));
    }
    for (const edge of scan.usable.filter(({ name }) => changed.includes(name))) {
      const known = this.#find(edge);
      known?.retune(edge, scan.energy);
      const run = known ?? this.#addEdge(edge);
      this.#done.delete(run);
      if (this.#isAsked && wanted() === 'final')
        this.#finals.askAgain(run, (worker) => worker.send({ type: 'finalise' }));
    }
  }

  async close(): Promise<void> {
    this.#finals.release();
    await Promise.all([...this.#edges, this.survey].map((worker) => worker.close()));
  }

  #find({ name }: Edge): EdgeRun | undefined {
    return this.#edges.find(({ edge }) => edge.name === name);
  }

  /** An edge that the axis as it was before did not cover. */
  #addEdge(edge: Edge): EdgeRun {
    const added = this.#input.layers.addEdge(edge.name);
    const run = this.#startEdge(edge);
    this.#edges.push(run);
    if (this.#alignment) run.send({ type: 'align', alignment: this.#alignment });
    run.catchUp();
    this.#input.on.added(added);
    return run;
  }

  /** One that has answered has shown its final maps. */
  #wantedOf(worker: WorkerRun): Wanted {
    const wanted = this.#input.wanted();
    return wanted === 'final' && !this.#finals.isPending(worker) ? undefined : wanted;
  }

  /** The final maps of a worker are shown, or will not come. */
  #answered(run: WorkerRun, succeeded = true): void {
    this.#done.add(run);
    this.#finals.answered(run, succeeded);
    // Frees the threads' memory; they are started again if more spectra come.
    if (!this.#input.options.live && this.#done.has(this.survey))
      for (const edge of this.#edges) if (this.#done.has(edge)) void edge.kill();
  }

  #startSurvey(): SurveyRun {
    const { opening, options, epoch, layers, reading, warnings, measured, on } = this.#input;
    const { scan } = opening;
    const { edges: asked, align, calibrate, live } = options;
    const run: SurveyRun = new SurveyRun({
      scan,
      layouts: layoutsOf(opening),
      maps: layers.survey,
      edges: reading.usable,
      asked,
      align,
      calibrate,
      live,
      measured,
      wanted: () => this.#wantedOf(run),
      on: {
        trouble: this.#troubles.add(),
        maps: (first, count) => {
          for (const { layer } of layers.all)
            if (layer.kind === 'counts' || layer.kind === 'thickness') on.rows(layer.id, first, count);
        },
        alignment: (alignment) => {
          const isOther = readsOtherwise(this.#alignment, alignment);
          this.#alignment = alignment;
          on.alignment(alignment);
          for (const edge of this.#edges) edge.send({ type: 'align', alignment });
          if (isOther) this.#fitAgain();
        },
        reading: (found) => this.read(found),
        sum: (sum) => on.topic({ ...sum, epoch }),
        calibration: (calibration) => on.topic({ ...calibration, epoch }),
        alert: (alert) => warnings.raise(alert),
        cleared: (id) => warnings.withdraw(id),
        finished: () => this.#answered(run),
        failed: (message) => {
          // Report an unreadable file once.
          if (message !== this.#unreadable)
            warnings.warn('survey', 'error', `sums and thickness: ${message}`);
          this.#answered(run, false);
        },
        ended: () => this.#finals.ended(run),
      },
    });
    return run;
  }

  #startEdge(edge: Edge): EdgeRun {
    const { options, epoch, layers, reading, warnings, measured, on } = this.#input;
    const { usable, scan } = reading;
    const maps = layers.edges.get(edge.name);
    if (!maps) throw new Error(`no maps for ${edge.name}`);
    const warn = warnings.warnOfEdge.bind(warnings, edge.name);
    const run: EdgeRun = new EdgeRun({
      edge,
      scan,
      epoch,
      core: this.#core,
      options: { ...options, edges: usable },
      maps,
      shifts: layers.survey.shifts,
      dwell: layers.survey.dwell,
      measured,
      wanted: () => this.#wantedOf(run),
      on: {
        trouble: this.#troubles.add(),
        maps: (first, count, classesOnly) => {
          for (const { layer } of layers.ofEdge(edge.name, classesOnly)) on.rows(layer.id, first, count);
          on.maps(run);
        },
        topic: (topic) => {
          for (const layer of layers.ofEdge(edge.name)) layer.revision = run.revision;
          on.topic(topic);
          if (topic.type === 'class-spectra') on.classes();
        },
        warning: (message, about) => warn('warning', message, about),
        outdated: () => {
          for (const about of FINAL_WARNINGS) warnings.withdraw(`edge/${edge.name}/${about}`);
        },
        restarted: (message) => warn('warning', message, 'thread'),
        finished: (fault) => {
          if (fault && fault !== this.#unreadable) warn('error', fault);
          else if (!fault) on.final(edge.name);
          this.#answered(run, !fault);
        },
        ended: (message) => {
          warn('error', message);
          this.#finals.ended(run);
        },
      },
    });
    return run;
  }
}

/** Whether two alignments give an edge different spectra or components. */
function readsOtherwise(before: Alignment | undefined, now: Alignment): boolean {
  const left = (alignment?: Alignment) => alignment?.jitter?.edges.join() ?? '';
  return (before?.applied ?? false) !== now.applied || left(before) !== left(now);
}
