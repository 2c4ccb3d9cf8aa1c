import { type Edge, parseEdge } from '../../protocol/index.ts';
import { type DetectorCube, edgeShape } from './detector-cube.ts';

/** What a detector shows where there is no specimen: counts at energy loss `ev`. */
export type Level = (ev: number) => number;

/** Levels of `counts` at 90 eV. */
export const LEVELS: Record<string, (counts: number) => Level> = {
  flat: (counts) => () => counts,
  'falling linearly': (counts) => (ev) => counts * (1 - 0.004 * (ev - 90)),
  'rising linearly': (counts) => (ev) => counts * (1 + 0.004 * (ev - 90)),
  'decaying over 60 eV': (counts) => (ev) => counts * Math.exp(-(ev - 90) / 60),
  'decaying over 150 eV': (counts) => (ev) => counts * Math.exp(-(ev - 90) / 150),
};

export interface LevelScan {
  level: Level;
  /** Of 20 rows, the first ones without a specimen. */
  vacuumRows: number;
  columns?: number;
  /** Counts of the specimen, as a share of the issue's. */
  dose?: number;
  /** Height of the edge at full dose. */
  edge?: number;
  gain?: number;
  smear?: readonly number[];
  seed: number;
}

export const LEVEL_EDGE: Edge = parseEdge('Si-L');
const ROWS = 20;

/** 3000(E/80)^−3 and Si-L, and a level without either in the first rows. */
export function levelScan(scan: LevelScan): DetectorCube {
  const { level, vacuumRows, columns = 20, dose = 1, edge = 300, gain, smear, seed } = scan;
  const specimen = (ev: number) => dose * (3000 * (ev / 80) ** -3 + edge * edgeShape(ev, 99, 0, 2));
  return {
    shape: [ROWS, columns],
    energy: { offset: 60, dispersion: 0.3, units: 'eV' },
    channels: 600,
    mean: (ev, pixel) => (pixel < vacuumRows * columns ? level(ev) : specimen(ev)),
    seed,
    ...(gain && { gain }),
    ...(smear && { smear }),
  };
}
