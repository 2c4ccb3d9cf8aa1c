import type { Edge, EdgeState, EnergyAxis } from '../../../protocol/index.ts';
import type { SteadyState } from '../../analysis/clustering/steady-count.ts';
import type { CubeExtension, CubeReader } from '../../formats/cube.ts';
import { cover } from '../../formats/reading/exposure.ts';
import type { ClassSums } from '../fit/class-spectra.ts';
import { RangeQueue } from '../reading/range-queue.ts';
import { newer } from '../reading/tiles.ts';
import { collectGarbage } from '../threads/collect-garbage.ts';
import { faultText } from '../threads/fault-text.ts';
import { damageText } from './damage-text.ts';
import type { EdgeAnalyserInput } from './edge-analyser-input.ts';
import { showLearned } from './edge-maps.ts';
import { EdgeReports } from './edge-reports.ts';
import { type Tuning, tuningOf } from './edge-tuning.ts';
import { finalWarnings } from './final-warnings.ts';
import type { LearnedModel, Learner, SumsTask } from './learner.ts';
import { LearningPause, type Learnt } from './learning-pause.ts';
import { LiveModel } from './live-model.ts';
import { MOST_PLACED, PixelPlacer } from './pixel-placer.ts';
import { RefitSchedule } from './refit-schedule.ts';

/**
 * Analyses one edge of one scan. New pixels are placed under the current model; a learner refits models and classes at
 * the same time, and its results replace them as a whole; at the end one canonical model takes over, which depends on
 * the spectra and the seed alone.
 */
export class EdgeAnalyser {
  readonly #input: EdgeAnalyserInput;
  readonly #learner: Learner;
  readonly #reader: CubeReader;
  /** How the models to come read the edge. */
  #tuned: Tuning;
  /** Placer for the windows of the current model. */
  #placer: PixelPlacer;
  readonly #queue = new RangeQueue();
  readonly #schedule: RefitSchedule;
  #model: LiveModel | undefined;
  /** How the current model reads the edge. */
  #shown: Tuning;
  #revision = 0;
  #count: SteadyState = { dissenting: [] };
  readonly #rest: LearningPause;
  /** The running task of the learner. */
  #learning: Promise<void> | undefined;
  #fitting = false;
  /** Pixels placed since the learner began. */
  readonly #placedSince = new Set<number>();
  #abort = new AbortController();
  #pumping: Promise<void> | undefined;
  /** End of the range of pixels in the maps. */
  #endPixel = 0;
  /** No more live fits: the canonical one is running or shown. */
  #finalising = false;
  #final = false;
  /** Running canonical fits, and the number of requests. */
  #ending = 0;
  #finalCalls = 0;
  readonly #reports: EdgeReports;
  /** Rescans known by now. */
  #rescans: number;

  /** @throws InputError when the energy axis does not cover the edge */
  constructor(input: EdgeAnalyserInput, reader: CubeReader, learner: Learner) {
    this.#input = input;
    this.#learner = learner;
    this.#reader = reader;
    this.#reports = new EdgeReports(input);
    this.#rest = new LearningPause(input.now);
    const { edge, scan, tuning = 0 } = input;
    this.#rescans = reader.layout.patches?.length ?? 0;
    this.#tuned = tuningOf(input, edge, scan.energy, tuning);
    this.#shown = this.#tuned;
    this.#schedule = new RefitSchedule(scan.shape);
    this.#placer = this.#placerIn(this.#shown);
  }

  /**
   * Reads the edge in other windows, or on another axis, from now on. A fit under way is abandoned; what is on screen stays,
   * and new pixels are placed under it, until there is a model in the new windows.
   * @param tuning counts the calls
   * @throws InputError when the energy axis does not cover the edge
   */
  retune(edge: Edge, energy: EnergyAxis, tuning: number): void {
    this.#tuned = tuningOf(this.#input, edge, energy, tuning);
    this.#abort.abort();
    this.#abort = new AbortController();
    if (!this.#model) {
      this.#shown = this.#tuned;
      this.#placer = this.#placerIn(this.#shown);
      this.#placer.recount();
    }
    this.#rest.end('fits');
    if (!this.#learning) this.#learnIfDue();
  }

  /**
   * The cube has grown by a pass or a rescan. With a rescan, pixels that were seen before are others: a fit under way,
   * which has read some of them as they were, is abandoned, and the next one is due at once. The caller requests the
   * canonical fit again after a rescan.
   */
  extended({ patches = [] }: CubeExtension): void {
    if (patches.length <= this.#rescans) return;
    this.#rescans = patches.length;
    if (this.#ending > 0 || !this.#model) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#rest.end('fits');
    this.#schedule.renew();
  }

  /** Pixels [first, first + count) are complete in a pass; they are analysed in turn. */
  measured(first: number, count: number, pass: number): void {
    const { measured, options, report } = this.#input;
    cover(measured, first, count, pass);
    this.#final = false;
    this.#finalising = false;
    if (!options.live) {
      // Nothing is shown before the end: the canonical fit is the first to read.
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

  /** Processes everything measured, then fits and shows the canonical model. */
  async finalise(): Promise<void> {
    const call = ++this.#finalCalls;
    this.#finalising = true;
    this.#abort.abort();
    await this.#learning;
    await this.#pumping;
    // Only the later call reports.
    if (call !== this.#finalCalls) return;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#model?.forget();
    this.#ending++;
    try {
      await this.#fit(true);
    } catch (error) {
      // The scan went on and ended again, or its reading changed: only the later call reports.
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
      if (this.#reports.isDue) this.#reportState();
    }
    this.#reportState();
  }

  async #place(first: number, count: number): Promise<void> {
    // Other windows may have taken over during the read.
    while (!(await this.#placer.place(first, count)));
    this.#endPixel = Math.max(this.#endPixel, first + count);
    if (this.#learning && !this.#fitting)
      for (let pixel = first; pixel < first + count; pixel++) this.#placedSince.add(pixel);
    this.#input.report({ type: 'maps', first, count });
  }

  /**
   * Starts a model fit, or a refit of the classes, in parallel with placement when enough pixels came since the last
   * one.
   */
  #learnIfDue(): void {
    if (this.#finalising || this.#learning) return;
    const { present } = this.#placer;
    // A scan that goes on after its end needs a live model.
    const isOld = this.#model !== undefined && this.#shown !== this.#tuned;
    const isDue =
      isOld || this.#schedule.fitDue(present) || (this.#model?.learns === false && this.#ending === 0);
    if (this.#rest.isOver('fits') && isDue) {
      this.#schedule.fitted(present);
      this.#fitting = true;
      this.#learn('fits', () => this.#fit(false));
    } else if (
      !isOld &&
      this.#model?.learns &&
      this.#rest.isOver('classes') &&
      this.#schedule.classesDue(present)
    ) {
      const model = this.#model;
      this.#learn('classes', () => this.#refitClasses(model));
    }
  }

  #learn(what: Learnt, work: () => Promise<void>): void {
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
        if (!signal.aborted) this.#rest.begin(what, began);
        this.#reportState();
        this.#learnIfDue();
      });
  }

  /** Refits the classes to the pixels on screen. */
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
    this.#reports.tell(events);
    report({ type: 'maps', first: 0, count: this.#endPixel, classesOnly: true });
    if (!renewed) return;
    this.#reportState();
    const sums = await this.#sums(model, { measured: measured.slice(), labels: classes.labels }, signal);
    if (this.#model === model) this.#reports.classes(model.data, this.#shown, this.#revision, sums);
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
    if (retuned) this.#placer = this.#placerIn(tuned);
    this.#shown = tuned;
    showLearned(this.#input.maps, learned, this.#input.measured);
    this.#placer.recount();
    if (!canonical) this.#count = learned.count;
    this.#reports.tell(learned.events);
    this.#reportState();
    this.#endPixel = Math.max(this.#endPixel, learned.measured.findLastIndex((passes) => passes > 0) + 1);
    report({ type: 'maps', first: 0, count: this.#endPixel });
    // Without live display they get a fit of their own.
    const late = options.live ? newer(this.#input.measured, learned.measured) : [];
    for (const { first, count } of late) await this.#place(first, count);
    this.#schedule.fitted(learned.present);
    const { measured, maps } = learned;
    const sums = await this.#sums(model, { measured, labels: maps.labels }, signal);
    const judged = this.#placer.present + this.#placer.absent;
    // While the scan runs only the state reports births: the next model may not have them any more.
    if (canonical)
      for (const one of finalWarnings(learned.model.fit, tuned.window, sums, judged))
        report({ type: 'warning', ...one });
    this.#reports.classes(model.data, this.#shown, this.#revision, sums);
    this.#reportState();
    if (canonical) await this.#compareExposures(learned, tuned);
  }

  async #compareExposures({ model, maps }: LearnedModel, { window, energy }: Tuning): Promise<void> {
    const { compareExposures, report } = this.#input;
    const { calibration } = model.fit.signal;
    const { labels } = maps;
    const damage = (await compareExposures?.({ window, calibration, labels })) ?? [];
    report({ type: 'damage', damage });
    const message = damageText(damage, energy, window);
    if (message !== undefined) report({ type: 'warning', about: 'damage', message });
  }

  /** Spectra of the classes, as they were learned. */
  #sums({ data }: LiveModel, of: Omit<SumsTask, 'calibration'>, signal: AbortSignal): Promise<ClassSums> {
    signal.throwIfAborted();
    return this.#learner.sums({ ...of, calibration: data.fit.signal.calibration }, signal);
  }

  #placerIn(tuning: Tuning): PixelPlacer {
    const { window } = tuning;
    const { background } = this.#input.options;
    const isInUse = () => this.#shown === tuning;
    return new PixelPlacer({
      ...this.#input,
      window,
      background,
      reader: this.#reader,
      model: () => this.#model,
      isInUse,
    });
  }

  #reportState(status?: EdgeState['status']): void {
    const quiet = this.#final ? 'final' : this.#model ? 'live' : 'collecting';
    this.#reports.state(this.#model?.data, this.#shown, {
      status: status ?? (this.#fitting || this.#finalising !== this.#final ? 'fitting' : quiet),
      revision: this.#revision,
      present: this.#placer.present,
      absent: this.#placer.absent,
      ...(!this.#finalising && { nextRefitAt: this.#schedule.next }),
    });
  }
}
