import type { Edge, Scan } from '../../../protocol/index.ts';
import type { Exposed } from '../../formats/reading/exposure.ts';
import type { AnalysisOptions } from '../options.ts';
import type { ClassDamage, DamageInput } from './damage-check.ts';
import type { EdgeMaps, EdgeReport } from './edge-protocol.ts';

/** Inputs of an `EdgeAnalyser`. */
export interface EdgeAnalyserInput {
  edge: Edge;
  scan: Scan;
  options: AnalysisOptions;
  /** How often the edge was retuned before; default 0. */
  tuning?: number;
  maps: EdgeMaps;
  /** Passes that are complete at each pixel, 0 at first; the learner reads it too. */
  measured: Uint8Array;
  /** Source of the exposures; default: uniform exposure. */
  exposed?: Exposed;
  /** Compares the exposures of pixels that were exposed more than once, under a final model. */
  compareExposures?: (of: Pick<DamageInput, 'window' | 'calibration' | 'labels'>) => Promise<ClassDamage[]>;
  report: (report: EdgeReport) => void;
  /** Milliseconds of a monotonic clock. */
  now: () => number;
}
