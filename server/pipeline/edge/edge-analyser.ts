import type { ClassEvent, Edge, EdgeState, EnergyAxis, Scan } from '../../../protocol/index.ts';
import { type EdgeWindow, edgeWindow } from '../../analysis/edge-window.ts';
import type { SteadyState } from '../../analysis/steady-count.ts';
import type { CubeReader } from '../../formats/cube.ts';
import { type ClassSums, classSpectra } from '../fit/class-spectra.ts';
import type { AnalysisOptions } from '../options.ts';
import { RangeQueue } from '../reading/range-queue.ts';
import { newer } from '../reading/tiles.ts';
import { collectGarbage } from '../threads/collect-garbage.ts';
import { faultText } from '../threads/fault-text.ts';
import { cover } from '../threads/resumption.ts';
import { showMaps } from './edge-maps.ts';
import type { EdgeMaps, EdgeReport } from './edge-protocol.ts';
import { edgeState } from './edge-state.ts';
import { finalWarnings } from './final-warnings.ts';
import type { LearnedModel, Learner } from './learner.ts';
import { LiveModel } from './live-model.ts';
import { centroids } from './model-data.ts';
import { MOST_PLACED, PixelPlacer } from './pixel-placer.ts';
import { RefitSchedule } from './refit-schedule.ts';

/** A state is worth sending this often while pixels pour in. */
const STATE_INTERVAL_MS = 200;
/** After refits of the classes, and whole fits, so many times their duration passes: they would take all of it. */
const REST = { classes: 12, fits: 2 };
/** Events that are kept for whoever looks. */
const MOST_EVENTS = 8;

/** How an edge is read. */
interface Tuning {
  number: number;
  energy: EnergyAxis;
  window: EdgeWindow;
}

export interface EdgeAnalyserInput {
  edge: Edge;
  scan: Scan;
  options: AnalysisOptions;
  /** How often the edge was retuned before; default 0. */
  tuning?: number;
  maps: EdgeMaps;
  /** Passes that are complete at each pixel, 0 at first; the learner reads it too. */
  measured: Uint8Array;
  report: (report: EdgeReport) => void;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
}

/**
 * Everything that happens to one edge of one scan. New pixels are placed under the model at hand; a learner refits models
 * and classes beside that, and what it has learned replaces them whole; at the end one canonical model takes over, which
 * depends on the spectra and the seed alone.
 */
export class EdgeAnalyser {
  readonly #input: EdgeAnalyserInput;
  readonly #learner: Learner;
  readonly #reader: CubeReader;
  /** How the models to come read the edge. */
  #tuned: Tuning;
  /** What pixels are placed with, in the windows of the model at hand. */
  #placer: PixelPlacer;
  readonly #queue = new RangeQueue();
  readonly #schedule: RefitSchedule;
  #model: LiveModel | undefined;
  /** How the model at hand reads the edge. */
  #shown: Tuning;
  #revision = 0;
  #count: SteadyState = { dissenting: [] };
  #events: ClassEvent[] = [];
  readonly #restUntil = { classes: Number.NEGATIVE_INFINITY, fits: Number.NEGATIVE_INFINITY };
  /** What the learner does while pixels are placed. */
  #learning: Promise<void> | undefined;
  #fitting = false;
  /** Pixels placed since the learner began. */
  readonly #placedSince = new Set<number>();
  #abort = new AbortController();
  #pumping: Promise<void> | undefined;
  /** End of the pixels that are in the maps. */
  #endPixel = 0;
  /** No more live fits: the canonical one is on its way, or shown. */
  #finalising = false;
  #final = false;
  /** Canonical fits under way, and how often one was asked for. */
  #ending = 0;
  #finalCalls = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #reportedModel = 0;

  /** @throws InputError when the energy axis does not cover the edge */
  constructor(input: EdgeAnalyserInput, reader: CubeReader, learner: Learner) {
    this.#input = input;
    this.#learner = learner;
    this.#reader = reader;
    const { edge, scan, tuning = 0 } = input;
    this.#tuned = this.#tuningOf(edge, scan.energy, tuning);
    this.#shown = this.#tuned;
    this.#schedule = new RefitSchedule(scan.shape);
    this.#placer = this.#placerIn(this.#shown.window);
  }

  /**
   * Reads the edge in other windows, or on another axis, from now on. A fit under way is abandoned; what is on screen stays,
   * and new pixels are placed under it, until there is a model in the new windows.
   * @param tuning counts the calls
   * @throws InputError when the energy axis does not cover the edge
   */
  retune(edge: Edge, energy: EnergyAxis, tuning: number): void {
    this.#tuned = this.#tuningOf(edge, energy, tuning);
    this.#abort.abort();
    this.#abort = new AbortController();
    if (!this.#model) {
      this.#shown = this.#tuned;
      this.#placer = this.#placerIn(this.#shown.window);
      this.#placer.recount();
    }
    this.#restUntil.fits = Number.NEGATIVE_INFINITY;
    if (!this.#learning) this.#learnIfDue();
  }

  #tuningOf(edge: Edge, energy: EnergyAxis, number: number): Tuning {
    const { scan, options } = this.#input;
    return { number, energy, window: edgeWindow(edge, energy, scan.channels, options.background) };
  }

  #placerIn(window: EdgeWindow): PixelPlacer {
    const { options, maps, measured } = this.#input;
    return new PixelPlacer({
      window,
      background: options.background,
      maps,
      reader: this.#reader,
      measured,
      model: () => this.#model,
    });
  }

  /** Pixels [first, first + count) are complete in a pass; they are analysed in turn. */
  measured(first: number, count: number, pass: number): void {
    const { measured, options, report } = this.#input;
    cover(measured, first, count, pass);
    this.#final = false;
    this.#finalising = false;
    if (!options.live) {
      // Nobody looks before the end: the canonical fit is the first to read.
      report({ type: 'analysed', pixels: count });
      return;
    }
    this.#queue.push(first, count);
    this.#pumping ??= this.#pump()
      .catch((error: unknown) => report({ type: 'failed', message: faultText(error) }))
      .finally(() => {
        this.#pumping = undefined;
      });
  }

  /** Works off everything measured, then fits and shows the canonical model. */
  async finalise(): Promise<void> {
    const call = ++this.#finalCalls;
    this.#finalising = true;
    this.#abort.abort();
    await this.#learning;
    await this.#pumping;
    // The later call answers.
    if (call !== this.#finalCalls) return;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#model?.forget();
    this.#ending++;
    try {
      await this.#fit(true);
    } catch (error) {
      // The scan went on and has ended again, or is read otherwise: the later call answers.
      if (signal.aborted) return;
      throw error;
    } finally {
      this.#ending--;
    }
    // Spectra that came during the fit make the picture a live one again.
    this.#final = this.#finalising;
    this.#reportState();
    this.#input.report({ type: 'final', tuning: this.#shown.number });
  }

  /** Resolves when everything measured until now is placed and nothing is learned any more. */
  async idle(): Promise<void> {
    while (this.#pumping ?? this.#learning) {
      await this.#pumping;
      await this.#learning;
    }
  }

  async #pump(): Promise<void> {
    for (let range = this.#queue.shift(MOST_PLACED); range; range = this.#queue.shift(MOST_PLACED)) {
      await this.#place(range.first, range.count);
      this.#input.report({ type: 'analysed', pixels: range.count });
      this.#schedule.placed(this.#input.maps, range.first, range.count);
      this.#learnIfDue();
      if (performance.now() - this.#reportedAt >= STATE_INTERVAL_MS) this.#reportState();
    }
    this.#reportState();
  }

  async #place(first: number, count: number): Promise<void> {
    await this.#placer.place(first, count);
    this.#endPixel = Math.max(this.#endPixel, first + count);
    if (this.#learning && !this.#fitting)
      for (let pixel = first; pixel < first + count; pixel++) this.#placedSince.add(pixel);
    this.#input.report({ type: 'maps', first, count });
  }

  /** Has a model fitted, or classes refitted, beside the placement when enough pixels have come since the last time. */
  #learnIfDue(): void {
    if (this.#finalising || this.#learning) return;
    const now = this.#input.now();
    const { present } = this.#placer;
    // A scan that goes on after its end needs a model that goes on learning.
    const isOld = this.#model !== undefined && this.#shown !== this.#tuned;
    const isDue =
      isOld || this.#schedule.fitDue(present) || (this.#model?.learns === false && this.#ending === 0);
    if (now >= this.#restUntil.fits && isDue) {
      this.#schedule.fitted(present);
      this.#fitting = true;
      this.#learn('fits', () => this.#fit(false));
    } else if (
      !isOld &&
      this.#model?.learns &&
      now >= this.#restUntil.classes &&
      this.#schedule.classesDue(present)
    ) {
      const model = this.#model;
      this.#learn('classes', () => this.#refitClasses(model));
    }
  }

  #learn(what: keyof typeof REST, work: () => Promise<void>): void {
    const { now, report } = this.#input;
    const began = now();
    const { signal } = this.#abort;
    this.#placedSince.clear();
    this.#learning = work()
      .catch((error: unknown) => {
        if (!signal.aborted) report({ type: 'warning', about: 'fit', message: faultText(error) });
      })
      .finally(() => {
        this.#learning = undefined;
        this.#fitting = false;
        if (!signal.aborted) this.#restUntil[what] = now() + REST[what] * (now() - began);
        this.#reportState();
        this.#learnIfDue();
      });
  }

  /** Has the classes follow the pixels on screen. */
  async #refitClasses(model: LiveModel): Promise<void> {
    const { maps, report, measured } = this.#input;
    const { signal } = this.#abort;
    const { count, change } = await this.#learner.classes({ shown: model.data, count: this.#count }, signal);
    // The final model may have come first, when the scan went on during its fit.
    if (this.#model !== model) return;
    this.#count = count;
    if (!change) return;
    const { classes, renewed, events } = change;
    if (renewed) this.#revision++;
    model.adopt(classes, maps, this.#placedSince);
    this.#tell(events);
    report({ type: 'maps', first: 0, count: this.#endPixel, classesOnly: true });
    if (!renewed) return;
    this.#reportState();
    const sums = await this.#sums(model, measured.slice(), classes.labels, signal);
    if (this.#model === model) this.#reportClasses(model, sums);
  }

  /** Has a new model fitted on everything measured until now, and shows it; later pixels are placed under it right after. */
  async #fit(canonical: boolean): Promise<void> {
    this.#reportState('fitting');
    const { options, report } = this.#input;
    const { signal } = this.#abort;
    if (options.live) collectGarbage();
    const shown = this.#model?.data;
    const tuned = this.#tuned;
    const retuned = this.#shown !== tuned;
    const task = { canonical, count: this.#count, retuned, ...(shown && { shown }) };
    const learned = await this.#learner.fit(task, signal);
    signal.throwIfAborted();
    this.#revision++;
    const model = new LiveModel(learned.model, tuned.window);
    this.#model = model;
    if (retuned) this.#placer = this.#placerIn(tuned.window);
    this.#shown = tuned;
    this.#show(learned);
    this.#placer.recount();
    if (!canonical) this.#count = learned.count;
    this.#tell(learned.events);
    this.#reportState();
    this.#endPixel = Math.max(this.#endPixel, learned.measured.findLastIndex((passes) => passes > 0) + 1);
    report({ type: 'maps', first: 0, count: this.#endPixel });
    // Where nobody looks on, they are learned from in a fit of their own.
    const late = options.live ? newer(this.#input.measured, learned.measured) : [];
    for (const { first, count } of late) await this.#place(first, count);
    this.#schedule.fitted(learned.present);
    const sums = await this.#sums(model, learned.measured, learned.maps.labels, signal);
    // While the scan runs the state alone tells of births: the next model may not have them any more.
    if (canonical)
      for (const one of finalWarnings(learned.model.fit, tuned.window, sums, this.#placer.present + this.#placer.absent))
        report({ type: 'warning', ...one });
    this.#reportClasses(model, sums);
    this.#reportState();
  }

  /** Puts the maps of a model on screen; of pixels that came during its fit, what is known stays until they are placed. */
  #show({ maps: learned, measured }: LearnedModel): void {
    const { maps } = this.#input;
    for (const { first, count } of newer(this.#input.measured, measured))
      for (const known of ['intensity', 'snr'] as const)
        learned[known].set(maps[known].subarray(first, first + count), first);
    showMaps(maps, learned);
  }

  #tell(events: ClassEvent[]): void {
    this.#events = [...this.#events, ...events].slice(-MOST_EVENTS);
  }

  /** Spectra of the classes, as they were learned. */
  #sums(
    { data }: LiveModel,
    measured: Uint8Array,
    labels: Int16Array,
    signal: AbortSignal,
  ): Promise<ClassSums> {
    signal.throwIfAborted();
    const task = { measured, labels, calibration: data.fit.signal.calibration };
    return this.#learner.sums(task, signal);
  }

  #reportClasses({ data }: LiveModel, sums: ClassSums): void {
    const { edge, maps, report } = this.#input;
    const { energy, window } = this.#shown;
    const spectra = classSpectra(edge.name, this.#revision, energy, window, sums);
    report({ type: 'class-spectra', spectra, raw: sums.raw, centres: centroids(data, maps) });
  }

  #reportState(status?: EdgeState['status']): void {
    this.#reportedAt = performance.now();
    const { edge, maps } = this.#input;
    const model = this.#model?.data;
    const quiet = this.#final ? 'final' : model ? 'live' : 'collecting';
    const state = edgeState(edge.name, model, maps, {
      status: status ?? (this.#fitting || this.#finalising !== this.#final ? 'fitting' : quiet),
      revision: this.#revision,
      present: this.#placer.present,
      absent: this.#placer.absent,
      ...(!this.#finalising && { nextRefitAt: this.#schedule.next }),
      events: this.#events,
    });
    const isNews = this.#reportedModel !== this.#revision;
    this.#reportedModel = this.#revision;
    const { calibration, basis } = model?.fit.signal ?? {};
    const shown = isNews &&
      calibration && { window: this.#shown.window, calibration, ...(basis && { basis }) };
    this.#input.report({ type: 'state', state, ...(shown && { model: shown }) });
  }
}
