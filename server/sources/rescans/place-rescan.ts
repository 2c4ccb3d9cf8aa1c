import { type Edge, InputError, type Scan } from '../../../protocol/index.ts';
import type { CubeLayout, CutOff, Patch } from '../../formats/cube.ts';
import { cutOffBy } from '../../rescans/cut-off.ts';
import { locateRescan } from '../../rescans/take-rescan.ts';
import type { TakenRescan } from '../../rescans/taken-rescan.ts';

/** What a rescan is registered with. */
export interface PlaceInput {
  scan: Scan;
  /** Where the spectra of the scan lie, those of earlier rescans included. */
  core: CubeLayout;
  /** Passes that are complete at each pixel of the scan, row-major. */
  measured: Uint8Array;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where it is the same. */
  dwell?: Float32Array;
  /** Where the rescan, or most of it, was said to lie; its cube may be read. */
  rescan: Patch;
  /** All of it that is to be added, that one among them. */
  parts: readonly Patch[];
  /** Whole pixels by which the rescan before it was found to be displaced: this one will be, too. */
  drift?: { y: number; x: number };
  /** Of the rescan, for messages. */
  name: string;
}

/** Where a rescan was found to lie. */
export interface RescanPlace extends Pick<TakenRescan, 'shift' | 'applied' | 'note'> {
  /** Which pixels of each part take the place of others, or are left out; none where left out. */
  cutOff?: CutOff[];
}

/**
 * Finds where a rescan lies in its scan.
 * @returns the place, or why its counts cannot be added anywhere
 */
export type PlaceRescan = (input: PlaceInput) => Promise<RescanPlace | { refused: string }>;

/**
 * Registers rescans with their scan, and finds what is cut off of them.
 * @param edges where that matters; all channels without
 */
export function placeByRegistration(edges: readonly Edge[]): PlaceRescan {
  return async ({ scan, core, measured, dwell, rescan, parts, drift = { y: 0, x: 0 }, name }) => {
    const { cube } = rescan;
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
      const locate = async (from: { y: number; x: number }): Promise<RescanPlace> => {
        const place = { y: rescan.y + from.y, x: rescan.x + from.x, dwells: rescan.dwells };
        const { taken } = await locateRescan(parent, { scan: own, core: cube }, place, name, edges);
        return displaced(taken, from);
      };
      const found =
        drift.y === 0 && drift.x === 0
          ? await locate(drift)
          : // The microscope may have been led back to where it was.
            await locate(drift).catch(() => locate({ y: 0, x: 0 }));
      const { applied } = found;
      const cutOff: CutOff[] = [];
      for (const part of parts)
        cutOff.push(
          await cutOffBy({ ...parent, edges }, { ...part, y: part.y + applied.y, x: part.x + applied.x }),
        );
      return { ...found, cutOff };
    } catch (error) {
      // The caller's message names the rescan.
      if (error instanceof InputError) return { refused: error.message.replace(`${name}: region: `, '') };
      throw error;
    }
  };
}

/** A place that was looked for from somewhere else than where the rescan was said to lie. */
const displaced = ({ shift, applied, note }: RescanPlace, from: { y: number; x: number }): RescanPlace => ({
  applied: { y: applied.y + from.y, x: applied.x + from.x },
  ...(shift && { shift: { ...shift, y: shift.y + from.y, x: shift.x + from.x } }),
  ...(note !== undefined && { note }),
});
