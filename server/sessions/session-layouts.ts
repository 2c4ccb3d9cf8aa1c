import type { Scan } from '../../protocol/index.ts';
import type { CubeLayout, CutOff, Patch } from '../formats/cube.ts';
import { runsWithin } from '../formats/reading/pixel-runs.ts';
import { spectrumSize } from './passes/pass-writer.ts';
import type { PatchRecord, RescanRecord } from './rescans/rescan-record.ts';
import { summedScan } from './rescans/summed-scan.ts';
import type { SessionDescription } from './session-description.ts';
import { sessionFiles } from './session-files.ts';

/** Where the spectra of a scan can be read. */
export interface SessionLayouts {
  core: CubeLayout;
  lowLoss?: CubeLayout;
}

/** Of a session, `passes` passes, without rescans. */
export function sessionLayouts(folder: string, scan: Scan, passes: number): SessionLayouts {
  const files = sessionFiles(folder);
  const paths = (path: (pass: number) => string) => Array.from({ length: passes }, (_, pass) => path(pass));
  return {
    core: layout(paths(files.core), scan.shape, scan),
    ...(scan.lowLoss && { lowLoss: layout(paths(files.lowLoss), scan.shape, scan.lowLoss) }),
  };
}

/** With the counts of rescans, which a low loss that the rescan has not recorded does without. */
export function withPatches(
  { core, lowLoss }: SessionLayouts,
  folder: string,
  { rescans = [] }: Pick<SessionDescription, 'rescans'>,
  records: readonly PatchRecord[],
): SessionLayouts {
  const patches: Patch[] = [];
  const lowLossPatches: Patch[] = [];
  for (const patch of records) {
    const rescan = rescans.find(({ file }) => file === patch.rescan);
    if (!rescan) continue;
    const cubes = patchLayouts(folder, rescan, patch.rows);
    const place = {
      y: patch.y + patch.rows[0],
      x: patch.x,
      dwells: patch.dwells,
      ...cutOffOf(patch, core.shape[1]),
    };
    patches.push({ cube: cubes.core, ...place });
    if (lowLoss && cubes.lowLoss) lowLossPatches.push({ cube: cubes.lowLoss, ...place });
  }
  return {
    core: patches.length > 0 ? { ...core, patches } : core,
    ...(lowLoss && {
      lowLoss: lowLossPatches.length > 0 ? { ...lowLoss, patches: lowLossPatches } : lowLoss,
    }),
  };
}

/** Of the rows that are there. */
function cutOffOf({ y, rows: [first, end], replaces, omits }: PatchRecord, columns: number): CutOff {
  const within = (runs: CutOff['replaces']) => [
    ...runsWithin(runs, Math.max(0, y + first) * columns, Math.max(0, y + end) * columns),
  ];
  const [own, left] = [within(replaces), within(omits)];
  return { ...(own.length > 0 && { replaces: own }), ...(left.length > 0 && { omits: left }) };
}

/** Where rows [first, end) of a rescan lie, in the pixels of its scan. */
export function patchLayouts(
  folder: string,
  rescan: Pick<RescanRecord, 'file' | 'scan' | 'finer'>,
  [first, end]: readonly [number, number],
): SessionLayouts {
  const files = sessionFiles(folder).rescan(rescan.file);
  const isSummed = rescan.finer > 1;
  const scan = isSummed ? summedScan(rescan) : rescan.scan;
  const [, columns] = scan.shape;
  const sizes = spectrumSize(scan);
  const shape: [number, number] = [end - first, columns];
  const part = (path: string, bytes: number, samples: Pick<Scan, 'channels' | 'dtype'>): CubeLayout => ({
    ...layout([path], shape, samples),
    byteOffset: first * columns * bytes,
  });
  return {
    core: part(isSummed ? files.summed : files.core, sizes.core, scan),
    ...(scan.lowLoss && {
      lowLoss: part(isSummed ? files.summedLowLoss : files.lowLoss, sizes.lowLoss, scan.lowLoss),
    }),
  };
}

const layout = (
  paths: string[],
  shape: [number, number],
  { channels, dtype }: Pick<Scan, 'channels' | 'dtype'>,
): CubeLayout => ({
  paths,
  byteOffset: 0,
  dtype,
  littleEndian: true,
  recordBy: 'vector',
  shape,
  channels,
  order: 'raster',
  flybackColumns: 0,
});
