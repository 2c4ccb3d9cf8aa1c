import {
  type ClassSpectra,
  type Edge,
  type EdgeState,
  energyOf,
  pixelCount,
  type Scan,
} from '../../protocol/index.ts';
import { bendsDown } from '../analysis/background-curvature.ts';
import { COUNTING_NOISE } from '../analysis/detector-noise.ts';
import { PRESENCE_SNR, SignalExtractor } from '../analysis/edge-signal.ts';
import { type EdgeWindow, edgeWindow } from '../analysis/edge-window.ts';
import type { CubeReader } from '../formats/cube.ts';
import { type ClassSums, classSums } from './class-spectra.ts';
import { type EdgeFit, type FitEmbedding, fitEdge } from './edge-fit.ts';
import type { EdgeMaps, EdgeReport } from './edge-protocol.ts';
import { edgeState } from './edge-state.ts';
import { faultText } from './fault-text.ts';
import { LiveModel } from './live-model.ts';
import type { AnalysisOptions } from './options.ts';
import { RangeQueue } from './range-queue.ts';
import { RefitSchedule } from './refit-schedule.ts';
import { TILE_PIXELS } from './tiles.ts';

/** A state is worth sending this often while pixels pour in. */
const STATE_INTERVAL_MS = 200;

export interface EdgeAnalyserInput {
  edge: Edge;
  scan: Scan;
  options: AnalysisOptions;
  maps: EdgeMaps;
  fitEmbedding: FitEmbedding;
  report: (report: EdgeReport) => void;
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
  /** Passes that are complete at each pixel. */
  readonly #measured: Uint8Array;
  readonly #queue = new RangeQueue();
  readonly #schedule: RefitSchedule;
  #model: LiveModel | undefined;
  #revision = 0;
  /** Pixels in the maps that show the edge, and that were seen without it. */
  #present = 0;
  #absent = 0;
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
    this.#readers = readers;
    const { edge, scan, options } = input;
    this.#window = edgeWindow(edge, scan.energy, scan.channels, options.background);
    this.#measured = new Uint8Array(pixelCount(input.scan));
    this.#schedule = new RefitSchedule(scan.shape);
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
      this.#refitClassesIfDue();
      this.#fitIfDue();
      this.#reportStateSometimes();
    }
    this.#reportState();
  }

  #refitClassesIfDue(): void {
    const { maps, options } = this.#input;
    if (!this.#schedule.classesDue(this.#present)) return;
    if (this.#model?.refitClasses(maps, options.seed))
      this.#input.report({ type: 'maps', first: 0, count: this.#measured.length });
  }

  /** Starts a fit beside the placement when enough pixels have come since the last one. */
  #fitIfDue(): void {
    if (this.#finalising || this.#fitting || !this.#schedule.fitDue(this.#present)) return;
    const { signal } = this.#abort;
    this.#schedule.fitted(this.#present);
    this.#fitting = this.#learn(false)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#input.report({ type: 'warning', message: faultText(error) });
      })
      .finally(() => {
        this.#fitting = undefined;
        this.#reportState();
        this.#fitIfDue();
      });
  }

  /** Analyses pixels under the model at hand; before the first one, only net intensity and its noise are known. */
  async #place(first: number, count: number): Promise<void> {
    const { maps } = this.#input;
    const { firstChannel, endChannel } = this.#window;
    const width = endChannel - firstChannel;
    const spectra = new Float32Array(count * width);
    await this.#readers.place.read(first, count, firstChannel, endChannel, spectra, this.#measured);
    this.#tally(first, count, -1);
    // Taken after the read: a model that was exchanged meanwhile must not place any more.
    const model = this.#model;
    if (model) for (let p = 0; p < count; p++) model.analyse(spectra, p * width, first + p, maps);
    else this.#netIntensity(first, count, spectra, width);
    this.#tally(first, count, 1);
    this.#input.report({ type: 'maps', first, count });
  }

  #netIntensity(first: number, count: number, spectra: Float32Array, width: number): void {
    const { maps } = this.#input;
    const extractor = new SignalExtractor(this.#window, {
      bad: new Uint8Array(width),
      noise: COUNTING_NOISE,
      background: this.#input.options.background,
    });
    const normalised = new Float32Array(this.#window.features);
    for (let p = 0; p < count; p++) {
      const seen = extractor.extract(spectra, p * width, normalised, 0);
      maps.intensity[first + p] = seen.intensity;
      maps.snr[first + p] = seen.snr;
    }
  }

  /** Adds (or, before they are written anew, takes away) pixels of the maps to the counts of present and absent. */
  #tally(first: number, count: number, sign: 1 | -1): void {
    const { snr } = this.#input.maps;
    for (let pixel = first; pixel < first + count; pixel++)
      if (snr[pixel] >= PRESENCE_SNR) this.#present += sign;
      else if (!Number.isNaN(snr[pixel])) this.#absent += sign;
  }

  /** Fits a new model on everything measured until now, places all pixels under it, and shows it. */
  async #learn(canonical: boolean): Promise<void> {
    const { options, scan, maps } = this.#input;
    this.#reportState('fitting');
    const input = {
      reader: this.#readers.fit,
      window: this.#window,
      shape: scan.shape,
      measured: Uint8Array.from(this.#measured),
      seed: options.seed,
      background: options.background,
      signal: this.#abort.signal,
    };
    const warm = !canonical && this.#model !== undefined;
    const before = this.#model;
    const previous =
      warm && before
        ? {
            previousEmbedding: Float32Array.from(maps.embedding),
            novel: Uint8Array.from(maps.novelty, (value) => (value > 1 ? 1 : 0)),
            previousCount: before.classes - (before.fit.births?.length ?? 0),
            ...(before.basis && { previousBasis: before.basis }),
          }
        : {};
    const fit = await fitEdge(input, { ...options, ...previous }, this.#input.fitEmbedding);
    input.signal.throwIfAborted();
    await this.#adopt(fit, input.measured);
    this.#schedule.fitted(fit.signal.presentPixels);
    // While the scan runs the state alone tells of births: the next model may not have them any more.
    for (const { label, pixels } of canonical ? (fit.births ?? []) : [])
      this.#input.report({
        type: 'warning',
        message: `new class ${label}: ${pixels} pixels unlike every other class`,
      });
    if (canonical && bendsDown(fit.signal.calibration.curvature))
      this.#input.report({
        type: 'warning',
        message:
          'the counts before the edge are no falling law (plasmon multiples?): the background is only roughly right',
      });
    this.#reportClasses(await classSums(input, fit));
    this.#reportState();
  }

  /** Shows a new model at once and whole; pixels measured during the fit are placed under it right after. */
  async #adopt(fit: EdgeFit, fitted: Uint8Array): Promise<void> {
    const { maps } = this.#input;
    const before = this.#model && { model: this.#model, maps };
    this.#revision++;
    this.#model = new LiveModel(fit, this.#revision, this.#window, before);
    maps.intensity.set(fit.signal.intensity);
    maps.snr.set(fit.signal.snr);
    maps.labels.set(fit.labels);
    maps.embedding.set(fit.embedding);
    maps.uncertainty.set(fit.uncertainty);
    maps.novelty.set(fit.novelty);
    fit.signal.flags.forEach((bits, pixel) => {
      maps.flags[pixel] = Number.isNaN(fit.signal.intensity[pixel]) ? Number.NaN : bits;
    });
    this.#present = 0;
    this.#absent = 0;
    this.#tally(0, fitted.length, 1);
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
    const spectra: Omit<ClassSpectra, 'epoch'> = {
      type: 'class-spectra',
      edge: edge.name,
      revision: this.#revision,
      energy: {
        offset: energyOf(scan.energy, this.#window.firstChannel),
        dispersion: scan.energy.dispersion,
        units: 'eV',
      },
      spectra: sums.mean.map((mean, label) => ({ label, count: sums.counts[label], mean })),
    };
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
      present: this.#present,
      absent: this.#absent,
      ...(!this.#finalising && { nextRefitAt: this.#schedule.next }),
    });
    const shown = model && {
      window: this.#window,
      calibration: model.fit.signal.calibration,
      ...(model.basis && { basis: model.basis }),
    };
    this.#input.report({ type: 'state', state, ...(shown && { model: shown }) });
  }
}
