import { type Edge, type EdgeState, pixelCount, type Scan } from '../../protocol/index.ts';
import { backgroundDoubt } from '../analysis/background-doubt.ts';
import { type EdgeWindow, edgeWindow } from '../analysis/edge-window.ts';
import type { CubeReader } from '../formats/cube.ts';
import { ClassFollower } from './class-follower.ts';
import { backgroundPerNet, type ClassSums, classSpectra, classSums } from './class-spectra.ts';
import { type EdgeFit, type FitEmbedding, fitEdge } from './edge-fit.ts';
import { showFit } from './edge-maps.ts';
import type { EdgeMaps, EdgeReport } from './edge-protocol.ts';
import { edgeState } from './edge-state.ts';
import { faultText } from './fault-text.ts';
import { LiveModel } from './live-model.ts';
import type { AnalysisOptions } from './options.ts';
import { PatientReader } from './patient-reader.ts';
import { PixelPlacer } from './pixel-placer.ts';
import { RangeQueue } from './range-queue.ts';
import { RefitSchedule } from './refit-schedule.ts';
import { TILE_PIXELS } from './tiles.ts';

/** A state is worth sending this often while pixels pour in. */
const STATE_INTERVAL_MS = 200;
/** Share of the net counts that may be wrong without a word. */
const WORTH_A_WARNING = 0.05;
/** After refits of the classes, and fits beside the placement, so many times their duration passes: they would take all of it. */
const REST = { classes: 12, fits: 2 };

export interface EdgeAnalyserInput {
  edge: Edge;
  scan: Scan;
  options: AnalysisOptions;
  maps: EdgeMaps;
  fitEmbedding: FitEmbedding;
  report: (report: EdgeReport) => void;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
}

/**
 * Everything that happens to one edge of one scan. New pixels are placed under the model at hand; models are refitted
 * beside that on all pixels measured so far, and replaced whole; at the end one canonical model takes over, which
 * depends on the spectra and the seed alone.
 */
export class EdgeAnalyser {
  readonly #input: EdgeAnalyserInput;
  readonly #window: EdgeWindow;
  readonly #readers: { place: CubeReader; fit: CubeReader };
  readonly #placer: PixelPlacer;
  /** Passes that are complete at each pixel. */
  readonly #measured: Uint8Array;
  readonly #queue = new RangeQueue();
  readonly #schedule: RefitSchedule;
  #model: LiveModel | undefined;
  #revision = 0;
  readonly #classes = new ClassFollower();
  readonly #restUntil = { classes: Number.NEGATIVE_INFINITY, fits: Number.NEGATIVE_INFINITY };
  #fitting: Promise<void> | undefined;
  #abort = new AbortController();
  #pumping: Promise<void> | undefined;
  /** No more live fits: the canonical one is on its way, or shown. */
  #finalising = false;
  #final = false;
  #reportedAt = Number.NEGATIVE_INFINITY;

  /** @throws InputError when the energy axis does not cover the edge */
  constructor(input: EdgeAnalyserInput, readers: { place: CubeReader; fit: CubeReader }) {
    this.#input = input;
    // A fit pauses while pixels wait, but the first one, which all of them wait for.
    const urgent = () => (this.#model ? this.#pumping : undefined);
    this.#readers = { place: readers.place, fit: new PatientReader(readers.fit, urgent) };
    const { edge, scan, options } = input;
    this.#window = edgeWindow(edge, scan.energy, scan.channels, options.background);
    this.#measured = new Uint8Array(pixelCount(input.scan));
    this.#schedule = new RefitSchedule(scan.shape);
    this.#placer = new PixelPlacer({
      window: this.#window,
      background: options.background,
      maps: input.maps,
      reader: readers.place,
      measured: this.#measured,
      model: () => this.#model,
    });
  }

  /** Pixels [first, first + count) are complete in a pass; they are analysed in turn. */
  measured(first: number, count: number, pass: number): void {
    for (let pixel = first; pixel < first + count; pixel++)
      this.#measured[pixel] = Math.max(this.#measured[pixel], pass + 1);
    this.#final = false;
    this.#finalising = false;
    if (!this.#input.options.live) {
      // Nobody looks before the end: the canonical fit is the first to read.
      this.#input.report({ type: 'analysed', pixels: count });
      return;
    }
    this.#queue.push(first, count);
    this.#pumping ??= this.#pump()
      .catch((error: unknown) => this.#input.report({ type: 'failed', message: faultText(error) }))
      .finally(() => {
        this.#pumping = undefined;
      });
  }

  /** Works off everything measured, then fits and shows the canonical model. */
  async finalise(): Promise<void> {
    this.#finalising = true;
    this.#abort.abort();
    await this.#fitting;
    await this.#pumping;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    try {
      await this.#learn(true);
    } catch (error) {
      // The scan went on and has ended again: the later call answers.
      if (signal.aborted) return;
      throw error;
    }
    // Spectra that came during the fit make the picture a live one again.
    this.#final = this.#finalising;
    this.#reportState();
    this.#input.report({ type: 'final' });
  }

  /** Resolves when everything measured until now is placed and no fit is under way. */
  async idle(): Promise<void> {
    while (this.#pumping ?? this.#fitting) {
      await this.#pumping;
      await this.#fitting;
    }
  }

  async #pump(): Promise<void> {
    for (let range = this.#queue.shift(TILE_PIXELS); range; range = this.#queue.shift(TILE_PIXELS)) {
      await this.#place(range.first, range.count);
      this.#input.report({ type: 'analysed', pixels: range.count });
      this.#schedule.placed(this.#input.maps, range.first, range.count);
      await this.#refitClassesIfDue();
      this.#fitIfDue();
      this.#reportStateSometimes();
    }
    this.#reportState();
  }

  async #refitClassesIfDue(): Promise<void> {
    const { maps, options, now } = this.#input;
    const before = this.#model;
    const began = now();
    if (!before || began < this.#restUntil.classes) return;
    if (!this.#schedule.classesDue(this.#placer.present)) return;
    const { changed, relearned } = this.#classes.refit(before, maps, options);
    this.#restUntil.classes = now() + REST.classes * (now() - began);
    if (relearned) {
      const model = this.#exchange(relearned);
      maps.labels.set(relearned.labels);
      model.judgeAll(maps);
    }
    if (changed || relearned) this.#input.report({ type: 'maps', first: 0, count: this.#measured.length });
    if (!relearned) return;
    this.#reportState();
    const shown = this.#model;
    // The end of the scan waits for this: it is not abandoned then.
    const { signal: _, ...input } = this.#fitInput(this.#readers.place);
    const sums = await classSums(input, relearned);
    if (this.#model === shown) this.#reportClasses(sums);
  }

  /** Takes a new model into use, before its maps are shown. */
  #exchange(fit: EdgeFit): LiveModel {
    const { maps } = this.#input;
    const before = this.#model && { model: this.#model, maps };
    this.#revision++;
    const model = new LiveModel(fit, this.#revision, this.#window, before);
    if (before)
      this.#classes.tell(
        { labels: maps.labels, colours: before.model.colours },
        { labels: fit.labels, colours: model.colours },
      );
    this.#model = model;
    return model;
  }

  /** Starts a fit beside the placement when enough pixels have come since the last one. */
  #fitIfDue(): void {
    if (this.#finalising || this.#fitting || !this.#schedule.fitDue(this.#placer.present)) return;
    const { now } = this.#input;
    const began = now();
    if (began < this.#restUntil.fits) return;
    const { signal } = this.#abort;
    this.#schedule.fitted(this.#placer.present);
    this.#fitting = this.#learn(false)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#input.report({ type: 'warning', message: faultText(error) });
      })
      .finally(() => {
        this.#fitting = undefined;
        this.#restUntil.fits = now() + REST.fits * (now() - began);
        this.#reportState();
        this.#fitIfDue();
      });
  }

  async #place(first: number, count: number): Promise<void> {
    await this.#placer.place(first, count);
    this.#input.report({ type: 'maps', first, count });
  }

  /** What is measured at this moment. */
  #fitInput(reader: CubeReader) {
    const { options, scan } = this.#input;
    return {
      reader,
      window: this.#window,
      shape: scan.shape,
      measured: Uint8Array.from(this.#measured),
      seed: options.seed,
      background: options.background,
      signal: this.#abort.signal,
    };
  }

  /** Fits a new model on everything measured until now, places all pixels under it, and shows it. */
  async #learn(canonical: boolean): Promise<void> {
    const { options, maps } = this.#input;
    this.#reportState('fitting');
    const input = this.#fitInput(this.#readers.fit);
    const warm = !canonical && this.#model !== undefined;
    const before = this.#model;
    const previous =
      warm && before
        ? {
            previousEmbedding: Float32Array.from(maps.embedding),
            novel: Uint8Array.from(maps.novelty, (value) => (value > 1 ? 1 : 0)),
            ...(before.basis && { previousBasis: before.basis }),
          }
        : {};
    const steady = canonical ? {} : { count: this.#classes.count };
    const fit = await fitEdge(input, { ...options, ...previous, ...steady }, this.#input.fitEmbedding);
    input.signal.throwIfAborted();
    await this.#adopt(fit, input.measured);
    this.#schedule.fitted(fit.signal.presentPixels);
    const warn = (message: string) => this.#input.report({ type: 'warning', message });
    // While the scan runs the state alone tells of births: the next model may not have them any more.
    for (const { label, pixels } of canonical ? (fit.births ?? []) : [])
      warn(`new class ${label}: ${pixels} pixels unlike every other class`);
    const sums = await classSums(input, fit);
    const doubt =
      backgroundDoubt(this.#window, fit.signal.calibration) * backgroundPerNet(sums, this.#window);
    if (canonical && doubt > WORTH_A_WARNING)
      warn(
        `the counts before the edge bend as no background does (tail of an edge before it, plasmons): net counts may be off by ${Math.round(100 * doubt)} %`,
      );
    this.#reportClasses(sums);
    this.#reportState();
  }

  /** Shows a new model at once and whole; pixels measured during the fit are placed under it right after. */
  async #adopt(fit: EdgeFit, fitted: Uint8Array): Promise<void> {
    this.#exchange(fit);
    showFit(this.#input.maps, fit);
    this.#placer.recount();
    this.#reportState();
    this.#input.report({ type: 'maps', first: 0, count: fitted.length });
    for (let first = 0; first < fitted.length; first += TILE_PIXELS) {
      const end = Math.min(first + TILE_PIXELS, fitted.length);
      for (let pixel = first; pixel < end; pixel++) {
        let count = 0;
        while (pixel + count < end && this.#measured[pixel + count] > fitted[pixel + count]) count++;
        if (count > 0) await this.#place(pixel, count);
        pixel += count;
      }
    }
  }

  #reportClasses(sums: ClassSums): void {
    const { scan, edge, maps } = this.#input;
    const spectra = classSpectra(edge.name, this.#revision, scan, this.#window, sums);
    const centres = this.#model?.centroids(maps) ?? [];
    this.#input.report({ type: 'class-spectra', spectra, raw: sums.raw, centres });
  }

  #reportStateSometimes(): void {
    const now = performance.now();
    if (now - this.#reportedAt >= STATE_INTERVAL_MS) this.#reportState();
  }

  #reportState(status?: EdgeState['status']): void {
    this.#reportedAt = performance.now();
    const { edge, maps } = this.#input;
    const model = this.#model;
    const quiet = this.#final ? 'final' : model ? 'live' : 'collecting';
    const state = edgeState(edge.name, model, maps, {
      status: status ?? (this.#fitting || this.#finalising !== this.#final ? 'fitting' : quiet),
      present: this.#placer.present,
      absent: this.#placer.absent,
      ...(!this.#finalising && { nextRefitAt: this.#schedule.next }),
      events: this.#classes.events,
    });
    const shown = model && {
      window: this.#window,
      calibration: model.fit.signal.calibration,
      ...(model.basis && { basis: model.basis }),
    };
    this.#input.report({ type: 'state', state, ...(shown && { model: shown }) });
  }
}
