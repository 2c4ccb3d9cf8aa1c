import type { ScanOpening } from '../sources/source.ts';
import type { StateChange } from './live-state.ts';
import type { AnalysisOptions } from './options.ts';
import type { RaisedAlert } from './raised-alert.ts';

/** Inputs and callbacks of a `ScanRun`. */
export interface ScanRunInput {
  opening: ScanOpening;
  options: AnalysisOptions;
  source: string;
  epoch: number;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
  /** Milliseconds since 1970. */
  wall: () => number;
  changed: (change: StateChange) => void;
  alert: (alert: RaisedAlert) => void;
  cleared: (id: string) => void;
  /** The scan has ended, and its edges are read otherwise or there is a rescan: it has to be finalised again. */
  reopened: (status: 'complete' | 'aborted') => void;
}
