import type { PatchRecord, RescanRecord } from '../sessions/rescan-record.ts';
import type { SessionDescription } from '../sessions/session-description.ts';
import { type SessionLayouts, withPatches } from '../sessions/session-layouts.ts';
import type { SessionWriter } from '../sessions/session-writer.ts';
import type { ScanOpening, TakenRescan } from './source.ts';

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
    };
  });
}
