import type { Progress } from '../../../protocol/index.ts';

/** How far a scan is. */
export interface ScannedPart {
  /** Row being scanned; undefined when the scan is over. */
  scanRow: number | undefined;
  nextPixel: number;
  /** Rows that are or were scanned. */
  scannedRows: number;
}

/** The place of the scan in the pass that runs; after a first pass all rows are scanned. */
export function scannedPart(
  progress: Progress | undefined,
  [rows, columns]: readonly [number, number],
): ScannedPart {
  if (progress === undefined || progress.spectra === 0)
    return { scanRow: undefined, nextPixel: progress?.nextPixel ?? 0, scannedRows: 0 };
  const { spectra, nextPixel, status } = progress;
  const row = Math.min(rows - 1, Math.floor(Math.max(0, nextPixel - 1) / columns));
  const scanning = status === 'live' || status === 'stalled';
  const scannedRows = spectra >= rows * columns ? rows : row + 1;
  return { scanRow: scanning ? row : undefined, nextPixel, scannedRows };
}

/** Whether two parts differ by less than a canvas pixel. @param scale canvas pixels per pixel of the scan */
export function isSameOnCanvas(
  a: ScannedPart,
  b: ScannedPart,
  [rows]: readonly [number, number],
  scale: number,
): boolean {
  if ((a.scanRow === undefined) !== (b.scanRow === undefined)) return false;
  const steps = [a.scannedRows - b.scannedRows, (a.scanRow ?? 0) - (b.scanRow ?? 0)];
  if (rows === 1) steps.push(a.nextPixel - b.nextPixel);
  return (
    (a.scannedRows === rows) === (b.scannedRows === rows) && steps.every((step) => Math.abs(step) * scale < 1)
  );
}
