import type { DType, Samples, ScanContext } from '../../protocol/index.ts';
import type { DetectorNoise } from './noise.ts';
import type { SpectrumModel } from './spectrum.ts';

/** One row of records as the scan delivers them: pixels in the order of acquisition, then the fly-back. */
export interface ScanRow {
  core: Samples;
  lowLoss?: Samples;
  haadf: Float32Array;
}

/** What the microscope can acquire, row by row: a scan, or a rescan of a part of it. */
export interface Acquirable {
  /** Rows, columns. */
  readonly shape: [number, number];
  readonly dtype: DType;
  readonly bytesPerSample: number;
  readonly order: 'raster' | 'serpentine';
  readonly flybackColumns: number;
  readonly passes: number;
  readonly noise: DetectorNoise;
  readonly withLowLoss: boolean;
  readonly model: SpectrumModel;
  readonly pixelSizeNm: number;
  /** How it lies in the field of the instrument, where that is not the scan itself. */
  readonly context: ScanContext | undefined;
  /** All records of one row in one pass; the same ones whenever it is asked for. */
  row(row: number, pass?: number): ScanRow;
}
