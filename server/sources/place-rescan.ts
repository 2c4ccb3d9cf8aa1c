import type { Scan } from '../../protocol/index.ts';
import type { CubeLayout, Patch } from '../formats/cube.ts';

/** What a rescan is registered with. */
export interface PlaceInput {
  scan: Scan;
  /** Where the spectra of the scan lie, those of earlier rescans included. */
  core: CubeLayout;
  /** Passes that are complete at each pixel of the scan, row-major. */
  passes: Uint8Array;
  /** Where the rescan was said to lie; its cube may be read. */
  rescan: Patch;
}

/** Where a rescan was found to lie. */
export interface RescanPlace {
  /** Beyond where it was said to, in pixels of the scan, with the standard deviation of each; undefined where that cannot be told. */
  shift?: { y: number; x: number; sigma: number };
  /** Whole pixels by which it is to be moved for that. */
  applied: { y: number; x: number };
}

/**
 * Finds where a rescan lies in its scan.
 * @returns the place, or why its counts cannot be added anywhere
 */
export type PlaceRescan = (input: PlaceInput) => Promise<RescanPlace | { refused: string }>;

/** Takes every rescan where it was said to lie. */
export const placeAsSaid: PlaceRescan = async () => ({ applied: { y: 0, x: 0 } });
