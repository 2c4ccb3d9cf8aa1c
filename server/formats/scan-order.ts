import type { CubeLayout } from './cube.ts';

/** What decides in which order the pixels of a scan are recorded. */
export type ScanOrder = Pick<CubeLayout, 'shape' | 'order' | 'flybackColumns'>;

/** Consecutive pixels, row-major: [first, first + count). */
export interface PixelRange {
  first: number;
  count: number;
}

const recordsPerRow = (scan: ScanOrder): number => scan.shape[1] + scan.flybackColumns;

const runsBackwards = (scan: ScanOrder, row: number): boolean => scan.order === 'serpentine' && row % 2 === 1;

/** Records of one complete pass, those of the fly-back included. */
export const recordCount = (scan: ScanOrder): number => scan.shape[0] * recordsPerRow(scan);

/** Position in the order of acquisition (from 0) of a row-major pixel. */
export function recordIndexOfPixel(scan: ScanOrder, pixel: number): number {
  const columns = scan.shape[1];
  const row = Math.floor(pixel / columns);
  const column = pixel - row * columns;
  return row * recordsPerRow(scan) + (runsBackwards(scan, row) ? columns - 1 - column : column);
}

/** Row-major pixel of a record in the order of acquisition; undefined for the fly-back and beyond the scan. */
export function pixelOfRecord(scan: ScanOrder, record: number): number | undefined {
  const [rows, columns] = scan.shape;
  const row = Math.floor(record / recordsPerRow(scan));
  const step = record - row * recordsPerRow(scan);
  if (record < 0 || row >= rows || step >= columns) return undefined;
  return row * columns + (runsBackwards(scan, row) ? columns - 1 - step : step);
}

/**
 * The pixels of records [first, end): row-major ranges, as few as possible, in the order of rows. Fly-back records
 * and those beyond the scan belong to none.
 */
export function pixelRangesOfRecords(scan: ScanOrder, first: number, end: number): PixelRange[] {
  const [rows, columns] = scan.shape;
  const perRow = recordsPerRow(scan);
  const ranges: PixelRange[] = [];
  const lastRow = Math.min(rows, Math.ceil(end / perRow));
  for (let row = Math.floor(first / perRow); row < lastRow; row++) {
    const from = Math.max(first - row * perRow, 0);
    const to = Math.min(end - row * perRow, columns);
    if (from >= to) continue;
    const firstPixel = row * columns + (runsBackwards(scan, row) ? columns - to : from);
    const last = ranges.at(-1);
    if (last && last.first + last.count === firstPixel) last.count += to - from;
    else ranges.push({ first: firstPixel, count: to - from });
  }
  return ranges;
}

/** Ascending pixels as ranges. */
export function rangesOfPixels(pixels: readonly number[]): PixelRange[] {
  const ranges: PixelRange[] = [];
  for (const pixel of pixels) {
    const last = ranges.at(-1);
    if (last && last.first + last.count === pixel) last.count++;
    else ranges.push({ first: pixel, count: 1 });
  }
  return ranges;
}
