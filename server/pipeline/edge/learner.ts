import type { ClassEvent } from '../../../protocol/index.ts';
import type { SignalCalibration } from '../../analysis/background/edge-signal.ts';
import type { SteadyState } from '../../analysis/clustering/steady-count.ts';
import type { ClassSums } from '../fit/class-spectra.ts';
import type { ClassChange } from './class-learning.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import type { ModelData } from './model-data.ts';

export interface FitTask {
  /** A function of the spectra and the seed alone, but for colours and orientation. */
  canonical: boolean;
  /** The model on screen, and the number of classes. */
  shown?: ModelData;
  /** The model on screen was learned in other windows: its components cannot be the start. */
  retuned?: boolean;
  count: SteadyState;
}

/** A new model, and the maps of all pixels under it. */
export interface LearnedModel {
  model: ModelData;
  maps: EdgeMaps<ArrayBufferLike>;
  /** Passes that the maps hold of each pixel. */
  measured: Uint8Array;
  /** Pixels with the edge it was fitted on. */
  present: number;
  count: SteadyState;
  events: ClassEvent[];
}

export interface ClassTask {
  shown: ModelData;
  count: SteadyState;
}

export interface LearnedCount {
  count: SteadyState;
  /** Undefined when there is nothing to change. */
  change?: ClassChange;
}

export interface SumsTask {
  measured: Uint8Array;
  labels: Int16Array;
  calibration: SignalCalibration;
}

/**
 * Fits models while the edge's own thread places pixels; tasks and answers are plain data. It reads the maps on screen
 * and never writes them.
 */
export interface Learner {
  /** Fits a whole model on everything measured by now, and places all pixels under it. */
  fit(task: FitTask, signal: AbortSignal): Promise<LearnedModel>;
  /** Refits the classes of the model to the pixels on screen. */
  classes(task: ClassTask, signal: AbortSignal): Promise<LearnedCount>;
  /** Sums of the spectra of each class. */
  sums(task: SumsTask, signal: AbortSignal): Promise<ClassSums>;
}
