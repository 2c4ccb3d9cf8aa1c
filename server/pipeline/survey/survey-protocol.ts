import type {
  CalibrateMethod,
  Calibration,
  Edge,
  EnergyAxis,
  Scan,
  SumSpectrum,
} from '../../../protocol/index.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { ScanOpening } from '../../sources/source.ts';
import type { AlignMethod } from '../options.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { CountsFault } from './counts-check.ts';
import type { Reading } from './reading-survey.ts';

/** Maps every scan has, whatever its edges; NaN where not measured. */
export interface SurveyMaps {
  /** Σ counts of the core-loss spectrum. */
  counts: Float32Array<SharedArrayBuffer>;
  /** t/λ; all NaN without a low loss. */
  thickness: Float32Array<SharedArrayBuffer>;
  /** 1 where the zero-loss peak is cut off: t/λ is an upper bound there. */
  zeroLossSaturated: Uint8Array<SharedArrayBuffer>;
  /** Fault of a pixel's samples, 0 without one (`PIXEL_FAULT`). */
  faults: Uint8Array<SharedArrayBuffer>;
  /** eV by which a pixel's spectra lie above the scan's axis; NaN where that is not known. */
  shifts: Float32Array<SharedArrayBuffer>;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same, as far as is known. */
  dwell: Float32Array<SharedArrayBuffer>;
}

/** Where the spectra lie. */
export interface SurveyLayouts {
  core: CubeLayout;
  lowLoss?: CubeLayout;
}

export const layoutsOf = ({ core, lowLoss }: ScanOpening): SurveyLayouts => ({
  core,
  ...(lowLoss && { lowLoss }),
});

export interface SurveyWorkerData extends SurveyLayouts {
  scan: Scan;
  maps: SurveyMaps;
  /** Without a low loss, drift is measured from the strongest of these. */
  edges: Edge[];
  align: AlignMethod;
  /** The axis that the user has chosen instead of the one as filed. */
  chosen?: EnergyAxis;
  /** The requested edges, whether the axis as filed covers them or not: the axis is checked against them. */
  asked: readonly Edge[];
  calibrate: CalibrateMethod;
  /** Whether results are shown before the end. */
  live: boolean;
}

/** Samples that cannot be counts. */
export interface Suspect {
  kind: 'not finite' | 'negative';
  /** Where the first one is. */
  pixel: number;
  channel: number;
  value: number;
  /** Pixels that have such samples. */
  pixels: number;
}

export type SurveyCommand =
  | { type: 'measured'; first: number; count: number; pass: number }
  | { type: 'extend'; layouts: SurveyLayouts }
  /** The axis that the user has chosen. */
  | { type: 'choose'; energy: EnergyAxis }
  | { type: 'finalise' };

export type SurveyReport =
  | { type: 'maps'; first: number; count: number }
  | { type: 'sum'; sum: Omit<SumSpectrum, 'epoch'> }
  | { type: 'alignment'; alignment: Alignment }
  /** How edges are to be read; the last one before `final` is that of all spectra. */
  | { type: 'reading'; reading: Reading }
  | { type: 'calibration'; calibration: Omit<Calibration, 'epoch'>; final: boolean }
  | ({ type: 'suspect' } & Suspect)
  /** Undefined where what was wrong is over. */
  | { type: 'counts'; fault: CountsFault | undefined }
  | { type: 'final' }
  | { type: 'failed'; message: string };
