import type { Scan, SumSpectrum } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';

/** Maps every scan has, whatever its edges; NaN where not measured. */
export interface SurveyMaps {
  /** Σ counts of the core-loss spectrum. */
  counts: Float32Array<SharedArrayBuffer>;
  /** t/λ; all NaN without a low loss. */
  thickness: Float32Array<SharedArrayBuffer>;
}

export interface SurveyWorkerData {
  scan: Scan;
  core: CubeLayout;
  lowLoss?: CubeLayout;
  maps: SurveyMaps;
}

export type SurveyCommand =
  | { type: 'measured'; first: number; count: number }
  | { type: 'reopen'; core: CubeLayout; lowLoss?: CubeLayout }
  | { type: 'finalise' };

export type SurveyReport =
  | { type: 'maps'; first: number; count: number }
  | { type: 'sum'; sum: Omit<SumSpectrum, 'epoch'> }
  /** Samples that are no counts: the first pixel and channel, and what was found there. */
  | {
      type: 'suspect';
      kind: 'not finite' | 'negative';
      pixel: number;
      channel: number;
      value: number;
      pixels: number;
    }
  | { type: 'final' }
  | { type: 'failed'; message: string };
