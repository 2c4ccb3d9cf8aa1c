import type { Edge, EnergyAxis, Scan } from '../../../protocol/index.ts';
import type { ShiftTraces } from '../../analysis/alignment/shift-directions.ts';
import { clusterBy } from '../../analysis/clustering/cluster-by.ts';
import { countsOf } from '../../analysis/clustering/labels.ts';
import { SteadyCount } from '../../analysis/clustering/steady-count.ts';
import { IDENTITY } from '../../analysis/embedding/procrustes.ts';
import { type EdgeWindow, edgeWindow } from '../../analysis/windows/edge-window.ts';
import type { CubeReader } from '../../formats/cube.ts';
import { type Exposed, type ScanExposure, scanExposure } from '../../formats/reading/exposure.ts';
import { classSums } from '../fit/class-spectra.ts';
import { type EdgeFit, type FitHelp, fitEdge } from '../fit/edge-fit.ts';
import { FitPool } from '../fit/fit-pool.ts';
import { pixelMemory, storePixels } from '../fit/pixel-memory.ts';
import type { AnalysisOptions } from '../options.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import { newer } from '../reading/tiles.ts';
import { classEvents } from './class-events.ts';
import { identities, learnClasses, weightsOf } from './class-learning.ts';
import { withNumbersOf } from './class-numbers.ts';
import { mapsOf } from './edge-maps.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import type { ClassTask, FitTask, LearnedCount, LearnedModel, Learner, SumsTask } from './learner.ts';
import { LiveModel } from './live-model.ts';
import { classCount, type ModelData } from './model-data.ts';
import { orientationTowards } from './orientation.ts';
import { PixelPlacer } from './pixel-placer.ts';

export interface EdgeLearnerInput {
  edge: Edge;
  scan: Scan;
  options: AnalysisOptions;
  /** On screen; written by the thread of the edge. */
  maps: EdgeMaps;
  /** Passes that are complete at each pixel; written by the thread of the edge. */
  measured: Uint8Array;
  /** Source of the exposures; its rescans change as the scan goes on. Default: uniform exposure. */
  exposed?: Exposed;
}

/** Learns the models of one edge from its spectra, which it reads itself. */
export class EdgeLearner implements Learner {
  readonly #input: EdgeLearnerInput;
  /** Window of the next fits. */
  #window: EdgeWindow;
  readonly #reader: CubeReader & { alignment?: Alignment | undefined };
  readonly #help: FitHelp & { pool: FitPool };

  /** @throws InputError when the energy axis does not cover the edge */
  constructor(
    input: EdgeLearnerInput,
    reader: CubeReader & { alignment?: Alignment | undefined },
    help: FitHelp = {},
  ) {
    const { edge, scan, options } = input;
    this.#input = input;
    this.#window = edgeWindow(edge, scan.energy, scan.channels, options.background);
    this.#reader = reader;
    this.#help = { ...help, pool: help.pool ?? new FitPool() };
  }

  /**
   * Windows and energy axis of the tasks to come.
   * @throws InputError when the axis does not cover the edge
   */
  retune(edge: Edge, energy: EnergyAxis): void {
    const { scan, options } = this.#input;
    this.#window = edgeWindow(edge, energy, scan.channels, options.background);
  }

  async fit({ canonical, shown, retuned, count }: FitTask, signal: AbortSignal): Promise<LearnedModel> {
    const { options, maps } = this.#input;
    const measured = this.#input.measured.slice();
    const steady = new SteadyCount(count);
    const { exposure, unit } = this.#exposureOf(measured);
    const before = !canonical &&
      shown && {
        previousEmbedding: maps.embedding.slice(),
        novel: Uint8Array.from(maps.novelty, (value) => (value > 1 ? 1 : 0)),
        ...(shown.fit.signal.basis && !retuned && { previousBasis: shown.fit.signal.basis }),
      };
    const found = await fitEdge(
      this.#fitInput(measured, exposure, signal),
      {
        ...options,
        ...before,
        ...(!canonical && { count: steady }),
        decides: options.plan !== undefined,
      },
      this.#help,
    );
    signal.throwIfAborted();
    // Classes on screen do not change during a fit; their map goes on growing.
    const onScreen = shown && { ...shown, labels: maps.labels.slice(), embedding: maps.embedding };
    // The final numbers are those of the files: the largest class first, independent of the screen.
    const fit =
      canonical || !onScreen
        ? found
        : withNumbersOf(found, {
            labels: onScreen.labels,
            classes: onScreen.colours.length,
          });
    const model = modelData(fit, unit, options.live && !canonical, onScreen);
    const learned = {
      model,
      maps: mapsOf(fit),
      measured,
      present: fit.signal.presentPixels,
      count: steady.state,
      events: onScreen
        ? classEvents(onScreen, { ...model, labels: fit.labels }, fit.signal.presentPixels)
        : [],
    };
    // The first model is urgent: pixels that came meanwhile are placed by the thread of the edge.
    if (!canonical && shown) await this.#catchUp(learned, signal);
    return learned;
  }

  async classes({ shown, count }: ClassTask): Promise<LearnedCount> {
    const { options, maps } = this.#input;
    const steady = new SteadyCount(count);
    const change = learnClasses(shown, maps, steady, options, await clusterBy(options.kmeans));
    return { count: steady.state, ...(change && { change }) };
  }

  sums({ measured, labels, calibration }: SumsTask, signal: AbortSignal) {
    const { exposure } = this.#exposureOf(measured);
    return classSums(this.#fitInput(measured, exposure, signal), this.#help.pool, labels, calibration);
  }

  #exposureOf(measured: Uint8Array): ScanExposure {
    const { exposed } = this.#input;
    return exposed ? scanExposure({ measured, ...exposed }) : { unit: 1 };
  }

  #fitInput(measured: Uint8Array, exposure: Float32Array | undefined, signal: AbortSignal) {
    const { options, scan } = this.#input;
    const { seed, background } = options;
    return {
      reader: this.#reader,
      shifted: this.#shifted(),
      window: this.#window,
      shape: scan.shape,
      measured: this.#help.pool.share(measured),
      exposure: exposure && this.#help.pool.share(exposure),
      seed,
      background,
      signal,
    };
  }

  #shifted(): ShiftTraces | undefined {
    const { jitter, applied = false, dispersion = 1 } = this.#reader.alignment ?? {};
    if (!jitter?.edges.includes(this.#input.edge.name)) return undefined;
    return { moved: applied, spread: jitter.ev / dispersion / this.#window.channelsPerFeature };
  }

  /** Places what was measured during the fit, while the backlog shrinks. */
  async #catchUp({ model, maps, measured }: LearnedModel, signal: AbortSignal): Promise<void> {
    const { options } = this.#input;
    const live = new LiveModel(model, this.#window);
    const placer = new PixelPlacer({
      window: this.#window,
      background: options.background,
      maps,
      reader: this.#reader,
      measured: this.#input.measured,
      ...(this.#input.exposed && { exposed: this.#input.exposed }),
      model: () => live,
    });
    for (let last = Number.POSITIVE_INFINITY, placed = 0; ; last = placed, placed = 0) {
      const now = this.#input.measured.slice();
      for (const { first, count } of newer(now, measured)) {
        signal.throwIfAborted();
        await placer.place(first, count);
        measured.set(now.subarray(first, first + count), first);
        placed += count;
      }
      if (placed === 0 || placed > last / 2) return;
    }
  }
}

/** The model on screen. */
interface OnScreen extends ModelData {
  labels: Int16Array;
  embedding: Float32Array;
}

/** @param goesOn whether classes go on learning from the pixels */
function modelData(fit: EdgeFit, exposureUnit: number, goesOn: boolean, shown?: OnScreen): ModelData {
  const { labels, embedding, uncertainty, decisions, novelty, pixels, signal, ...rest } = fit;
  const { calibration, flagged, basis, shifted } = signal;
  const model = {
    ...rest,
    exposureUnit,
    signal: { calibration, flagged, ...(basis && { basis }), ...(shifted && { shifted }) },
  };
  const neighboursPerPixel = pixels ? pixels.neighbours.length / Math.max(pixels.precisions.length, 1) : 0;
  const memory = goesOn
    ? pixelMemory(
        labels.length,
        basis?.components ?? 0,
        neighboursPerPixel,
        fit.landmarks,
        pixels?.exposures !== undefined,
      )
    : undefined;
  if (memory && pixels) storePixels(memory, labels, pixels);
  const classes = classCount(model);
  return {
    fit: model,
    ...(memory && { memory }),
    ...identities(labels, classes, shown),
    orientation: shown ? orientationTowards(fit, shown) : [...IDENTITY],
    counts: countsOf(labels, classes),
    seen: memory ? weightsOf(model, memory, labels, classes) : new Float64Array(classes),
    nearlyEmpty: new Array<number>(classes).fill(0),
  };
}
