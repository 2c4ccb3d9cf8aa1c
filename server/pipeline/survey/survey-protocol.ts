import type { Edge, Scan, SumSpectrum } from '../../../protocol/index.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { ScanOpening } from '../../sources/source.ts';
import type { AlignMethod } from '../options.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { CountsFault } from './counts-check.ts';

/** Maps every scan has, whatever its edges; NaN where not measured. */
export interface SurveyMaps {
  /** Σ counts of the core-loss spectrum. */
  counts: Float32Array<SharedArrayBuffer>;
  /** t/λ; all NaN without a low loss. */
  thickness: Float32Array<SharedArrayBuffer>;
  /** 1 where the zero-loss peak is cut off: t/λ is an upper bound there. */
  zeroLossSaturated: Uint8Array<SharedArrayBuffer>;
  /** eV by which a pixel's spectra lie above the scan's axis; NaN where that is not known. */
  shifts: Float32Array<SharedArrayBuffer>;
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
  /** Drift without a low loss is told by the strongest of these. */
  edges: Edge[];
  align: AlignMethod;
  /** Whether anybody looks before the end. */
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
  | { type: 'finalise' };

export type SurveyReport =
  | { type: 'maps'; first: number; count: number }
  | { type: 'sum'; sum: Omit<SumSpectrum, 'epoch'> }
  | { type: 'alignment'; alignment: Alignment }
  | ({ type: 'suspect' } & Suspect)
  /** Undefined where what was wrong is over. */
  | { type: 'counts'; fault: CountsFault | undefined }
  | { type: 'final' }
  | { type: 'failed'; message: string };
