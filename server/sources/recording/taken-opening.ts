import { type CubeLayout, isSamePlace, type Patch } from '../../formats/cube.ts';
import { cutOffPixels } from '../../rescans/taken-rescan.ts';
import type { PatchRecord, RescanRecord } from '../../sessions/rescans/rescan-record.ts';
import type { SessionDescription } from '../../sessions/session-description.ts';
import { type SessionLayouts, withPatches } from '../../sessions/session-layouts.ts';
import type { SessionWriter } from '../../sessions/session-writer.ts';
import type { ScanOpening, TakenRescan } from '../source.ts';

/**
 * A scan as it is announced while it is recorded.
 * @param patches how many of those that rescans have brought; default all
 */
export function takenOpening(
  session: SessionWriter,
  { kept, patches }: { kept: boolean; patches?: number },
): ScanOpening {
  const { folder, description, baseLayouts } = session;
  return {
    ...openingWith(folder, description, baseLayouts, (description.patches ?? []).slice(0, patches)),
    ...(kept && { session: folder }),
  };
}

/** A recorded scan with the counts of some of its rescans. */
export function openingWith(
  folder: string,
  description: SessionDescription,
  layouts: SessionLayouts,
  patches: readonly PatchRecord[],
): ScanOpening {
  const { scan, rescans = [] } = description;
  const taken = takenRescans(rescans, patches);
  return {
    scan,
    ...withPatches(layouts, folder, description, patches),
    ...(taken.length > 0 && { rescans: taken }),
  };
}

/** The same with its first rescans alone, as it was before the others were added. */
export function firstPatches(
  { core, lowLoss, rescans = [], ...opening }: ScanOpening,
  count: number,
): ScanOpening {
  const { patches: all = [], ...ownCore } = core;
  const patches = all.slice(0, count);
  const taken = rescans.slice(0, count);
  return {
    ...opening,
    core: patches.length > 0 ? { ...ownCore, patches } : ownCore,
    ...(lowLoss && { lowLoss: firstOf(lowLoss, patches) }),
    ...(taken.length > 0 && { rescans: taken }),
  };
}

/** Rescans of a low loss are those of the core that have recorded one. */
function firstOf({ patches: all = [], ...lowLoss }: CubeLayout, ofCore: readonly Patch[]): CubeLayout {
  const patches = all.filter((patch) => ofCore.some((other) => isSamePlace(patch, other)));
  return patches.length > 0 ? { ...lowLoss, patches } : lowLoss;
}

function takenRescans(rescans: readonly RescanRecord[], patches: readonly PatchRecord[]): TakenRescan[] {
  return patches.flatMap((patch) => {
    const rescan = rescans.find(({ file }) => file === patch.rescan);
    if (!rescan) return [];
    const { rows, dwells, shift, applied, note } = patch;
    const { y, x, width } = rescan.scan.region;
    return {
      name: rescan.scan.name,
      y: y + rows[0],
      x,
      shape: [rows[1] - rows[0], width] as [number, number],
      dwells,
      ...(shift && { shift }),
      applied,
      ...(note !== undefined && { note }),
      ...cutOffPixels(patch),
    };
  });
}
