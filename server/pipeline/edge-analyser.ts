import {
  type ClassSpectra,
  type Edge,
  type EdgeState,
  energyOf,
  pixelCount,
  type Scan,
  UNMEASURED,
} from '../../protocol/index.ts';
import { COUNTING_NOISE } from '../analysis/detector-noise.ts';
import { PRESENCE_SNR, SignalExtractor } from '../analysis/edge-signal.ts';
import { type EdgeWindow, edgeWindow } from '../analysis/edge-window.ts';
import type { CubeReader } from '../formats/cube.ts';
import { classSums } from './class-spectra.ts';
import { type EdgeFit, type FitEmbedding, fitEdge } from './edge-fit.ts';
import type { EdgeMaps, EdgeReport } from './edge-protocol.ts';
import { LiveModel } from './live-model.ts';
import type { AnalysisOptions } from './options.ts';
import { RangeQueue } from './range-queue.ts';
import { TILE_PIXELS } from './tiles.ts';

/** Pixels with the edge that the first model waits for, or a sixth of a small scan. */
const FIRST_MODEL_PIXELS = 300;
/** A refit is due when this many times as many pixels show the edge as at the last one. */
const REFIT_GROWTH = 1.7;
/** A state is worth sending this often while pixels pour in. */
const STATE_INTERVAL_MS = 200;
/** Rows between short full refits of the classes. */
const CLASS_REFIT_ROWS = 4;

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
  /** Placement and fits read through readers of their own, so that neither waits for the other. */
  #readers: { place: CubeReader; fit: CubeReader };
  readonly #measured: Uint8Array;
  readonly #queue = new RangeQueue();
  #model: LiveModel | undefined;
  #revision = 0;
  #present = 0;
  #absent = 0;
  #sinceClassRefit = 0;
  #nextFitAt: number;
  #fitting: Promise<void> | undefined;
  #abort = new AbortController();
  #pumping: Promise<void> | undefined;
  /** The canonical model is shown or on its way. */
  #final = false;
  #reportedAt = Number.NEGATIVE_INFINITY;

  /** @throws InputError when the energy axis does not cover the edge */
  constructor(input: EdgeAnalyserInput, readers: { place: CubeReader; fit: CubeReader }) {
    this.#input = input;
    this.#readers = readers;
    this.#window = edgeWindow(input.edge, input.scan.energy, input.scan.channels);
    this.#measured = new Uint8Array(pixelCount(input.scan));
    this.#nextFitAt = Math.max(40, Math.min(FIRST_MODEL_PIXELS, Math.floor(this.#measured.length / 6)));
  }

  /** Pixels [first, first + count) are complete; they are analysed in turn. */
  measured(first: number, count: number): void {
    this.#measured.fill(1, first, first + count);
    this.#queue.push(first, count);
    this.#final = false;
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  /** Reads from other files from now on. */
  reopen(readers: { place: CubeReader; fit: CubeReader }): void {
    this.#readers = readers;
  }

  /** Works off everything measured, then fits and shows the canonical model. */
  async finalise(): Promise<void> {
    this.#final = true;
    this.#abort.abort();
    await this.#fitting;
    await this.#pumping;
    this.#abort = new AbortController();
    await this.#learn(true);
    this.#input.report({ type: 'final' });
  }

  async #pump(): Promise<void> {
    const columns = this.#input.scan.shape[1];
    for (let range = this.#queue.shift(TILE_PIXELS); range; range = this.#queue.shift(TILE_PIXELS)) {
      await this.#place(range.first, range.count);
      this.#input.report({ type: 'analysed', pixels: range.count });
      this.#sinceClassRefit += range.count;
      if (this.#model && this.#sinceClassRefit >= CLASS_REFIT_ROWS * columns) {
        this.#sinceClassRefit = 0;
        if (this.#model.refitClasses(this.#input.maps, this.#input.options.seed))
          this.#input.report({ type: 'maps', first: 0, count: this.#measured.length });
      }
      this.#fitIfDue();
      this.#reportStateSometimes();
    }
    this.#reportState();
  }

  /** Starts a fit beside the placement when enough pixels have come since the last one. */
  #fitIfDue(): void {
    if (!this.#input.options.live || this.#final || this.#fitting || this.#present < this.#nextFitAt) return;
    const { signal } = this.#abort;
    this.#fitting = this.#learn(false)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#fail(error);
      })
      .finally(() => {
        this.#fitting = undefined;
        if (!signal.aborted) this.#fitIfDue();
        this.#reportState();
      });
  }

  /** Analyses pixels under the model at hand; before the first one, only net intensity and its noise are known. */
  async #place(first: number, count: number): Promise<void> {
    const { maps } = this.#input;
    const width = this.#window.endChannel - this.#window.firstChannel;
    const spectra = new Float32Array(count * width);
    await this.#readers.place.read(first, count, this.#window.firstChannel, this.#window.endChannel, spectra);
    // Taken after the read: a model that was exchanged meanwhile must not place any more.
    const model = this.#model;
    if (model) for (let p = 0; p < count; p++) model.analyse(spectra, p * width, first + p, maps);
    else this.#netIntensity(first, count, spectra, width);
    this.#count();
    this.#input.report({ type: 'maps', first, count });
  }

  #netIntensity(first: number, count: number, spectra: Float32Array, width: number): void {
    const { maps } = this.#input;
    const extractor = new SignalExtractor(this.#window, {
      bad: new Uint8Array(width),
      noise: COUNTING_NOISE,
    });
    const normalised = new Float32Array(extractor.signalChannels);
    for (let p = 0; p < count; p++) {
      const seen = extractor.extract(spectra, p * width, normalised, 0);
      maps.intensity[first + p] = seen.intensity;
      maps.snr[first + p] = seen.snr;
    }
  }

  /** Counts the pixels that show the edge; whether they are many enough for a model decides the next fit. */
  #count(): void {
    const { labels, snr } = this.#input.maps;
    this.#present = 0;
    let measured = 0;
    for (let pixel = 0; pixel < labels.length; pixel++) {
      if (this.#model ? labels[pixel] >= 0 : snr[pixel] >= PRESENCE_SNR) this.#present++;
      measured += this.#measured[pixel];
    }
    this.#absent = measured - this.#present;
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
      signal: this.#abort.signal,
    };
    const warm = !canonical && this.#model !== undefined;
    const previous = warm ? { previousEmbedding: Float32Array.from(maps.embedding) } : {};
    const fit = await fitEdge(input, { ...options, ...previous }, this.#input.fitEmbedding);
    input.signal.throwIfAborted();
    await this.#adopt(fit, input.measured);
    this.#nextFitAt = Math.ceil(fit.signal.presentPixels * REFIT_GROWTH);
    const sums = await classSums(input, fit);
    const model = this.#model as LiveModel;
    const centroids = model.centroids(maps);
    this.#input.report({
      type: 'class-spectra',
      spectra: this.#classSpectra(sums),
      centres: centroids.map(([x, y]) => [x, y]),
    });
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
    this.#count();
    this.#reportState();
    this.#input.report({ type: 'maps', first: 0, count: fitted.length });
    for (let first = 0; first < fitted.length; first += TILE_PIXELS) {
      const end = Math.min(first + TILE_PIXELS, fitted.length);
      for (let pixel = first; pixel < end; pixel++) {
        let count = 0;
        while (pixel + count < end && this.#measured[pixel + count] && !fitted[pixel + count]) count++;
        if (count > 0) await this.#place(pixel, count);
        pixel += count;
      }
    }
  }

  #classSpectra(sums: { counts: number[]; mean: number[][] }): Omit<ClassSpectra, 'epoch'> {
    const { scan, edge } = this.#input;
    return {
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
  }

  #reportStateSometimes(): void {
    const now = performance.now();
    if (now - this.#reportedAt < STATE_INTERVAL_MS) return;
    this.#reportedAt = now;
    this.#reportState();
  }

  #reportState(status?: EdgeState['status']): void {
    const { edge, maps } = this.#input;
    const model = this.#model;
    const fit = model?.fit;
    const [a, b, c, d, e, f] = model?.orientation ?? [1, 0, 0, 0, 1, 0];
    const counts = new Array<number>(model?.classes ?? 0).fill(0);
    if (model) for (const label of maps.labels) if (label >= 0) counts[label]++;
    const centroids = model?.centroids(maps) ?? [];
    const state: Omit<EdgeState, 'epoch'> = {
      type: 'edge',
      name: edge.name,
      status: status ?? (this.#fitting ? 'fitting' : this.#final ? 'final' : model ? 'live' : 'collecting'),
      revision: this.#revision,
      present: this.#present,
      absent: this.#absent,
      components: model?.basis?.components ?? 0,
      explained: model?.basis?.explained ?? [],
      landmarks: fit?.landmarks ?? 0,
      gain: fit?.signal.calibration.noise.gain ?? 1,
      orientation: [a, b, c, d, e, f],
      classes: counts.map((count, label) => {
        const [x, y] = centroids[label];
        const colour = model?.colours[label] ?? label;
        return { label, colour, count, centroid: [a * x + b * y + c, d * x + e * y + f] };
      }),
    };
    if (!this.#final) state.nextRefitAt = this.#nextFitAt;
    this.#input.report({
      type: 'state',
      state,
      ...(model && {
        model: {
          window: this.#window,
          calibration: model.fit.signal.calibration,
          ...(model.basis && { basis: model.basis }),
        },
      }),
    });
  }

  #fail(error: unknown): void {
    this.#input.report({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

/** Fresh maps, everything not measured. */
export function emptyMaps(pixels: number): EdgeMaps {
  const f32 = (samples: number) =>
    new Float32Array(new SharedArrayBuffer(4 * samples)).fill(Number.NaN) as Float32Array<SharedArrayBuffer>;
  return {
    intensity: f32(pixels),
    snr: f32(pixels),
    labels: new Int16Array(new SharedArrayBuffer(2 * pixels)).fill(
      UNMEASURED,
    ) as Int16Array<SharedArrayBuffer>,
    embedding: f32(2 * pixels),
    uncertainty: f32(pixels),
  };
}
