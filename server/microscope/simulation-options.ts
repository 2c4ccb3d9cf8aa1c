import { type DType, InputError, isDType, type ScanContext } from '../../protocol/index.ts';
import type { DetectorNoise } from './noise.ts';

/** Mean counts per channel at DOSE_ENERGIES_EV over the pixels that are not vacuum. */
export const DOSES = {
  low: [155, 17, 4.5],
  default: [620, 68, 18],
  high: [3700, 400, 110],
} as const;
export type Dose = keyof typeof DOSES;
export const DOSE_NAMES = Object.keys(DOSES) as Dose[];
export const DOSE_ENERGIES_EV = [97, 282, 530] as const;

export interface SimulationOptions {
  /** [rows y, columns x], default 128 × 128. */
  shape?: [number, number];
  seed?: number;
  /** A named dose, or mean counts per channel at 97 eV. */
  dose?: Dose | number;
  /** Share of the dose that the scan is acquired with, default 1. */
  firstDwell?: number;
  /** Default: the field is about 256 nm wide. */
  pixelSizeNm?: number;
  dtype?: DType;
  /** Record the low loss at every pixel, default true. */
  lowLoss?: boolean;
  order?: 'raster' | 'serpentine';
  /** Records at the end of each row during which the beam flies back. */
  flybackColumns?: number;
  /** Passes over the same pixels that share the dose. */
  passes?: number;
  /** Total drift of the energy axis over the scan, eV, default DEFAULT_DRIFT_EV. */
  driftEv?: number;
  noise?: Partial<DetectorNoise>;
  /**
   * How the scan lies in the field of the instrument: the specimen fills the field of a context without rotation and
   * offset. Default: the scan is the whole field.
   */
  context?: ScanContext;
}

/** Drift of the energy axis over a scan, eV. */
export const DEFAULT_DRIFT_EV = 0.5;

/** Channel 437 of the default axis lies at 322 eV, behind the C-K edge. */
export const DEFAULT_NOISE: DetectorNoise = {
  gain: 1,
  correlation: 0,
  dark: 0.02,
  readNoise: 0,
  deadChannels: [437],
  spikeRate: 5e-4,
};

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** @throws InputError for an option that is out of range */
export function checkOptions(options: SimulationOptions): void {
  const check = <Value>(
    field: string,
    value: Value | undefined,
    holds: (value: Value) => boolean,
    expectation: string,
  ) => {
    if (value !== undefined && !holds(value))
      throw new InputError('simulate', field, `expected ${expectation}, found ${JSON.stringify(value)}`);
  };
  const { shape, seed, dose, pixelSizeNm, dtype, flybackColumns, passes, driftEv, noise = {} } = options;
  const { firstDwell, context } = options;
  const areSizes = (sizes: number[]) => sizes.length === 2 && sizes.every((size) => isWhole(size, 1, 65_535));
  check('shape', shape, areSizes, 'rows and columns from 1 to 65535');
  check('seed', seed, (value) => isWhole(value, 0, 2 ** 31 - 1), 'a whole number from 0 to 2147483647');
  const isDose = (value: Dose | number) =>
    typeof value === 'string' ? Object.hasOwn(DOSES, value) : value > 0 && Number.isFinite(value);
  check('dose', dose, isDose, `${DOSE_NAMES.join(', ')} or counts above 0`);
  check('first dwell', firstDwell, (share) => share > 0 && share <= 1000, 'a share of the dose above 0');
  check('context', context?.fovNm, (nm) => nm > 0 && Number.isFinite(nm), 'a field of view in nm above 0');
  check('pixel size', pixelSizeNm, (nm) => nm > 0 && Number.isFinite(nm), 'nm above 0');
  check('type', dtype, isDType, 'a sample type');
  check('fly-back', flybackColumns, (value) => isWhole(value, 0, 65_535), 'a whole number of columns');
  check('passes', passes, (value) => isWhole(value, 1, 10_000), 'a whole number from 1 to 10000');
  check('drift', driftEv, Number.isFinite, 'eV');
  check('gain', noise.gain, (value) => value > 0, 'counts per electron above 0');
  check('correlation', noise.correlation, (value) => value >= 0 && value <= 0.6, '0 to 0.6');
  check('readout noise', noise.readNoise, (value) => value >= 0, 'counts from 0');
  check('dark counts', noise.dark, (value) => value >= 0, 'counts from 0');
  check('spike rate', noise.spikeRate, (value) => value >= 0, 'spikes per spectrum from 0');
}
