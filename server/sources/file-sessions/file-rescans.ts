import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { type CubeLayout, isSamePlace, type Patch } from '../../formats/cube.ts';
import type { OpenOptions } from '../../formats/format.ts';
import { openWholeScan } from '../../formats/unpacking/unpack-all.ts';
import { cutOffPixels } from '../../rescans/taken-rescan.ts';
import { findSourceFile } from '../../sessions/find-source-file.ts';
import type { FileRescanRecord } from '../../sessions/rescans/file-rescans.ts';
import type { SessionLayouts } from '../../sessions/session-layouts.ts';
import { checksumOf, describeFile, type SourceFile } from '../../sessions/source-files.ts';
import type { ScanOpening, TakenRescan } from '../source.ts';

/**
 * Describes the files of the rescans that a scan was opened with.
 * @param options with which they were opened
 */
export async function describeFileRescans(
  { core, lowLoss, rescans = [] }: ScanOpening,
  { energy, rows }: Pick<OpenOptions, 'energy' | 'rows'>,
): Promise<FileRescanRecord[]> {
  const records: FileRescanRecord[] = [];
  for (const [index, taken] of rescans.entries()) {
    const patch = core.patches?.[index];
    if (!patch) continue;
    const ofLowLoss = lowLoss?.patches?.find((other) => isSamePlace(other, patch));
    const { dwells, shift, applied, note } = taken;
    records.push({
      files: await filesOf(taken.name, [patch.cube, ...(ofLowLoss ? [ofLowLoss.cube] : [])]),
      options: { ...(energy && { energy }), ...(rows && { rows }) },
      y: patch.y,
      x: patch.x,
      dwells,
      ...(shift && { shift }),
      applied,
      ...(note !== undefined && { note }),
      ...(patch.replaces && { replaces: patch.replaces }),
      ...(patch.omits && { omits: patch.omits }),
    });
  }
  return records;
}

/**
 * The counts of a scan with those of the rescans that were added to it from files, which are held against what they were.
 * @param elsewhere where to look for the files instead, a folder
 * @throws InputError naming a file that is missing or is other than it was, and in what
 */
export async function withFileRescans(
  { core, lowLoss }: SessionLayouts,
  folder: string,
  records: readonly FileRescanRecord[],
  elsewhere?: string,
): Promise<SessionLayouts & Pick<ScanOpening, 'rescans'>> {
  const patches: Patch[] = [...(core.patches ?? [])];
  const lowLossPatches: Patch[] = [...(lowLoss?.patches ?? [])];
  const rescans: TakenRescan[] = [];
  for (const record of records) {
    const { files, options, y, x, dwells, shift, applied, note, replaces, omits } = record;
    const cutOff = { ...(replaces && { replaces }), ...(omits && { omits }) };
    const list = { files: { options, acquired: [], list: files }, status: 'complete' as const };
    const path = await findSourceFile(folder, list, elsewhere);
    const file = await openWholeScan(path, options);
    patches.push({ cube: file.core, y, x, dwells, ...cutOff });
    if (lowLoss && file.lowLoss?.channels === lowLoss.channels)
      lowLossPatches.push({ cube: file.lowLoss, y, x, dwells, ...cutOff });
    rescans.push({
      name: path,
      y: y - applied.y,
      x: x - applied.x,
      shape: file.scan.shape,
      dwells,
      applied,
      ...(shift && { shift }),
      ...(note !== undefined && { note }),
      ...cutOffPixels(record),
    });
  }
  return {
    core: patches.length > 0 ? { ...core, patches } : core,
    ...(lowLoss && {
      lowLoss: lowLossPatches.length > 0 ? { ...lowLoss, patches: lowLossPatches } : lowLoss,
    }),
    ...(rescans.length > 0 && { rescans }),
  };
}

/** The file that was opened, and those beside it that hold its samples; what was unpacked elsewhere is none of them. */
async function filesOf(path: string, cubes: readonly CubeLayout[]): Promise<SourceFile[]> {
  const folder = dirname(path);
  const headerOf = (samples: string) => `${samples.slice(0, -extname(samples).length)}.rpl`;
  const others = cubes.flatMap(({ paths }) => [headerOf(paths[0]), ...paths]);
  const files = [path];
  for (const other of others)
    if (dirname(other) === folder && !files.includes(other) && (await stat(other).catch(() => undefined)))
      files.push(other);
  const list: SourceFile[] = [];
  for (const [index, each] of files.entries()) {
    const described = await describeFile(index === 0 ? 'scan' : 'core', each);
    const sha256 = await checksumOf(each, described.size);
    list.push({ ...described, ...(sha256 !== undefined && { sha256 }) });
  }
  return list;
}
