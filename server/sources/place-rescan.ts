import { InputError, type Scan } from '../../protocol/index.ts';
import type { CubeLayout, Patch } from '../formats/cube.ts';
import { takeRescan } from '../rescans/take-rescan.ts';
import type { TakenRescan } from '../rescans/taken-rescan.ts';

/** What a rescan is registered with. */
export interface PlaceInput {
  scan: Scan;
  /** Where the spectra of the scan lie, those of earlier rescans included. */
  core: CubeLayout;
  /** Passes that are complete at each pixel of the scan, row-major. */
  measured: Uint8Array;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same. */
  dwell?: Float32Array;
  /** Where the rescan was said to lie; its cube may be read. */
  rescan: Patch;
  /** Of the rescan, for messages. */
  name: string;
}

/** Where a rescan was found to lie. */
export type RescanPlace = Pick<TakenRescan, 'shift' | 'applied' | 'note'>;

/**
 * Finds where a rescan lies in its scan.
 * @returns the place, or why its counts cannot be added anywhere
 */
export type PlaceRescan = (input: PlaceInput) => Promise<RescanPlace | { refused: string }>;

/** Registers a rescan with its scan. */
export const placeByRegistration: PlaceRescan = async ({ scan, core, measured, dwell, rescan, name }) => {
  const { cube, y, x, dwells } = rescan;
  // Pixels and axis were held against the scan's when it was announced.
  const own: Scan = {
    id: name,
    name,
    shape: cube.shape,
    channels: cube.channels,
    energy: scan.energy,
    dtype: cube.dtype,
  };
  try {
    const parent = { scan, core, measured, ...(dwell && { dwell }) };
    const { taken } = await takeRescan(parent, { scan: own, core: cube }, { y, x, dwells }, name);
    const { shift, applied, note } = taken;
    return { applied, ...(shift && { shift }), ...(note !== undefined && { note }) };
  } catch (error) {
    // The caller's message names the rescan.
    if (error instanceof InputError) return { refused: error.message.replace(`${name}: region: `, '') };
    throw error;
  }
};
