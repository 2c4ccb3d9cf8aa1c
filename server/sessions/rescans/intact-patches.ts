import { type FileHandle, open } from 'node:fs/promises';
import { isIntact } from '../passes/intact.ts';
import { spectrumSize } from '../passes/pass-writer.ts';
import type { SessionDescription } from '../session-description.ts';
import { sessionFiles } from '../session-files.ts';
import { readRescan } from '../session-reader.ts';
import type { PatchRecord, RescanRecord } from './rescan-record.ts';
import { type RowSpan, wholeRows } from './rescan-rows.ts';
import { summedScan } from './summed-scan.ts';

/** What of the rescans that were added to the scan of a session is there, and is what was written. */
export interface IntactPatches {
  /** In their order; one of which rows are spoilt is left as its other rows. */
  patches: PatchRecord[];
  /** What is spoilt, in words. */
  losses: string[];
}

/** Reads the added rescans of a session through, every sample included, and changes nothing. */
export async function intactPatches(folder: string, description: SessionDescription): Promise<IntactPatches> {
  const { rescans = [], patches: records = [] } = description;
  const intact = new Map<string, RowSpan[]>();
  const patches: PatchRecord[] = [];
  const losses: string[] = [];
  for (const record of records) {
    const rescan = rescans.find(({ file }) => file === record.rescan);
    if (!rescan) continue;
    const rows =
      rescan.finer > 1
        ? await summedRows(folder, rescan, record)
        : await rowsOf(folder, description, rescan, intact);
    const left = rows
      .map(([first, end]): RowSpan => [Math.max(first, record.rows[0]), Math.min(end, record.rows[1])])
      .filter(([first, end]) => end > first);
    patches.push(...left.map((span) => ({ ...record, rows: span })));
    const lost = lengthOf([record.rows]) - lengthOf(left);
    if (lost > 0)
      losses.push(`${rescan.file}: ${lost} of the rows that were added are not those that were written`);
  }
  return { patches, losses };
}

async function rowsOf(
  folder: string,
  description: SessionDescription,
  rescan: RescanRecord,
  known: Map<string, RowSpan[]>,
): Promise<RowSpan[]> {
  const found = known.get(rescan.file) ?? (await readRows(folder, description, rescan));
  known.set(rescan.file, found);
  return found;
}

async function readRows(
  folder: string,
  description: SessionDescription,
  rescan: RescanRecord,
): Promise<RowSpan[]> {
  try {
    return wholeRows(rescan, (await readRescan(folder, description, rescan)).present.spans());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** All rows of a patch whose sums are those that were written, or none. */
async function summedRows(
  folder: string,
  rescan: RescanRecord,
  { rows, summed }: PatchRecord,
): Promise<RowSpan[]> {
  const paths = sessionFiles(folder).rescan(rescan.file);
  const scan = summedScan(rescan);
  const size = spectrumSize(scan);
  const columns = scan.shape[1];
  const samples: { file: FileHandle; size: number }[] = [];
  try {
    samples.push({ file: await open(paths.summed, 'r'), size: size.core });
    if (size.lowLoss > 0) samples.push({ file: await open(paths.summedLowLoss, 'r'), size: size.lowLoss });
    const span = { first: rows[0] * columns, end: rows[1] * columns, checksums: summed ?? [] };
    return (await isIntact(span, samples)) ? [rows] : [];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  } finally {
    for (const { file } of samples) await file.close();
  }
}

const lengthOf = (spans: readonly (readonly [number, number])[]): number =>
  spans.reduce((sum, [first, end]) => sum + end - first, 0);
