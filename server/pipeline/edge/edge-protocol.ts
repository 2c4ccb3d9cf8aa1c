import {
  type ClassSpectra,
  componentsOf,
  dtypeOf,
  EDGE_MAPS,
  type Edge,
  type EdgeMapKind,
  type EdgeState,
  type EnergyAxis,
  type MapSamples,
  type Scan,
  UNMEASURED,
} from '../../../protocol/index.ts';
import type { SignalCalibration } from '../../analysis/background/edge-signal.ts';
import { DECISION_NUMBERS } from '../../analysis/clustering/class-decision.ts';
import type { PcaBasis } from '../../analysis/decomposition/pca.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { AnalysisOptions } from '../options.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { ClassDamage } from './damage-check.ts';

/** Maps of one edge, row-major over the scan; those on screen lie in shared memory, written by its worker alone. */
export type EdgeMaps<Room extends ArrayBufferLike = SharedArrayBuffer> = {
  [Kind in EdgeMapKind]: MapSamples<Kind, Room>;
} & {
  /** Decision between the class of a pixel and its closest alternative, `DECISION_NUMBERS` each; not displayed. */
  decisions: Float32Array<Room>;
};

export interface EdgeWorkerData {
  edge: Edge;
  /** How often the edge was retuned before the thread began. */
  tuning: number;
  scan: Scan;
  core: CubeLayout;
  options: AnalysisOptions;
  maps: EdgeMaps;
  /** eV by which a pixel's spectra lie above the scan's axis, written by the survey. */
  shifts: Float32Array<SharedArrayBuffer>;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same. */
  dwell: Float32Array<SharedArrayBuffer>;
  /** How spectra are to be read from the start. */
  alignment?: Alignment;
}

export type EdgeCommand =
  /** Pixels [first, first + count) are complete in pass `pass`, from 0. */
  | { type: 'measured'; first: number; count: number; pass: number }
  /** There are further passes or rescans to read. */
  | { type: 'extend'; core: CubeLayout }
  /** How spectra are to be read from now on. */
  | { type: 'align'; alignment: Alignment }
  /** Windows and energy axis from now on; `tuning` counts them. What is shown stays until there is a model in them. */
  | { type: 'retune'; edge: Edge; energy: EnergyAxis; tuning: number }
  /** No more spectra for now: fit the canonical model on all measured pixels. */
  | { type: 'finalise' };

/** What the dashboard needs of a model to show the spectrum of a pixel. */
export interface ShownModel {
  window: EdgeWindow;
  calibration: SignalCalibration;
  basis?: PcaBasis;
}

/** Warnings of the canonical fit alone; they end when the scan goes on. */
export const FINAL_WARNINGS = ['births', 'background', 'over-subtracted', 'names', 'damage'] as const;

export type EdgeReport =
  /** Maps have changed in pixels [first, first + count): all, or those of the classes alone. */
  | { type: 'maps'; first: number; count: number; classesOnly?: boolean }
  /** Pixels worked through so far, for the backlog. */
  | { type: 'analysed'; pixels: number }
  | { type: 'state'; state: Omit<EdgeState, 'epoch'>; model?: ShownModel }
  /** `raw`: sums of the spectra of each class as they were measured, over the same channels. */
  | { type: 'class-spectra'; spectra: Omit<ClassSpectra, 'epoch'>; raw: number[][]; centres: number[][] }
  /**
   * Warnings of one kind replace each other. After `fit` (a failed fit) the current model stays, and the next fit is
   * due as usual.
   */
  | { type: 'warning'; about: (typeof FINAL_WARNINGS)[number] | 'fit' | 'learning'; message: string }
  /** How the classes of the canonical model differ between first and later exposures of the same pixels. */
  | { type: 'damage'; damage: ClassDamage[] }
  /** The canonical model is fitted and shown, in the windows of `tuning`. */
  | { type: 'final'; tuning: number }
  /** This edge cannot go on. */
  | { type: 'failed'; message: string };

/** Fresh maps, everything not measured. */
export function emptyMaps(pixels: number): EdgeMaps {
  const samples = (kind: EdgeMapKind) => {
    const count = pixels * componentsOf(kind);
    return dtypeOf(kind) === 'i16'
      ? new Int16Array(new SharedArrayBuffer(2 * count))
      : new Float32Array(new SharedArrayBuffer(4 * count));
  };
  const shown = Object.fromEntries(EDGE_MAPS.map((kind) => [kind, samples(kind)])) as unknown as EdgeMaps;
  const decisions = new Float32Array(new SharedArrayBuffer(4 * DECISION_NUMBERS * pixels));
  const maps = { ...shown, decisions };
  clearMaps(maps);
  return maps;
}

export function clearMaps(maps: EdgeMaps): void {
  for (const map of Object.values(maps)) map.fill(map instanceof Int16Array ? UNMEASURED : Number.NaN);
}
