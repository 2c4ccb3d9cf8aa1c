import type { ClassSpectra, Edge, EdgeState, Scan } from '../../protocol/index.ts';
import type { SignalCalibration } from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import type { PcaBasis } from '../analysis/pca.ts';
import type { CubeLayout } from '../formats/cube.ts';
import type { AnalysisOptions } from './options.ts';

/** Maps of one edge in shared memory, written by its worker alone; row-major over the scan. */
export interface EdgeMaps {
  intensity: Float32Array<SharedArrayBuffer>;
  snr: Float32Array<SharedArrayBuffer>;
  labels: Int16Array<SharedArrayBuffer>;
  /** Two samples per pixel. */
  embedding: Float32Array<SharedArrayBuffer>;
  uncertainty: Float32Array<SharedArrayBuffer>;
}

export interface EdgeWorkerData {
  edge: Edge;
  scan: Scan;
  core: CubeLayout;
  options: AnalysisOptions;
  maps: EdgeMaps;
}

export type EdgeCommand =
  /** Pixels [first, first + count) are complete (again, in a further pass). */
  | { type: 'measured'; first: number; count: number }
  /** The files to read have changed: a further pass. */
  | { type: 'reopen'; core: CubeLayout }
  /** No more spectra for now: fit the canonical model on all measured pixels. */
  | { type: 'finalise' };

/** What the dashboard needs of a model to show one pixel as the edge sees it. */
export interface ShownModel {
  window: EdgeWindow;
  calibration: SignalCalibration;
  basis?: PcaBasis;
}

export type EdgeReport =
  /** Maps have changed in pixels [first, first + count). */
  | { type: 'maps'; first: number; count: number }
  /** Pixels worked through so far, for the backlog. */
  | { type: 'analysed'; pixels: number }
  | { type: 'state'; state: Omit<EdgeState, 'epoch'>; model?: ShownModel }
  | { type: 'class-spectra'; spectra: Omit<ClassSpectra, 'epoch'>; centres: number[][] }
  /** The canonical model is fitted and shown. */
  | { type: 'final' }
  | { type: 'failed'; message: string };
