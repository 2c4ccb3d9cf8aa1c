import type { PixelSpan } from '../passes/pixel-set.ts';
import type { PatchRecord, RescanRecord } from './rescan-record.ts';

/** Rows [first, end). */
export type RowSpan = [first: number, end: number];

/**
 * Rows of a rescan's region that are there as a whole.
 * @param spans pixels that are there, in order and apart from each other
 */
export function wholeRows(
  { scan, finer }: Pick<RescanRecord, 'scan' | 'finer'>,
  spans: readonly PixelSpan[],
): RowSpan[] {
  const columns = scan.shape[1] * finer;
  const rows: RowSpan[] = [];
  for (const { first, end } of spans) {
    const row = Math.ceil(first / columns);
    const endRow = Math.floor(end / columns);
    if (endRow > row) rows.push([row, endRow]);
  }
  return rows;
}

/** Rows that were not added to the scan yet. */
export function rowsLeft(
  rows: readonly RowSpan[],
  file: string,
  patches: readonly Pick<PatchRecord, 'rescan' | 'rows'>[],
): RowSpan[] {
  let left = [...rows];
  for (const { rescan, rows: added } of patches) {
    if (rescan !== file) continue;
    left = left.flatMap(([first, end]) =>
      [[first, Math.min(end, added[0])] as RowSpan, [Math.max(first, added[1]), end] as RowSpan].filter(
        ([from, to]) => to > from,
      ),
    );
  }
  return left;
}
