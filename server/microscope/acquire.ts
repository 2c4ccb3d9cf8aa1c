import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Acquirable, ScanRow } from './acquirable.ts';

/** Where the rows of a simulated scan go. */
export interface RowSink {
  /** Takes one row of a pass, both counted from 0; the row may be generated again if the sink asks for it. */
  write(row: ScanRow, index: number, pass: number): Promise<void>;
  /** Ends the scan, whether it was finished or not. */
  close(status: 'complete' | 'aborted'): Promise<void>;
}

export interface AcquisitionProgress {
  rows: number;
  totalRows: number;
  spectra: number;
  totalSpectra: number;
}

export interface AcquireOptions {
  /** Seconds per pixel, fly-back included; 0 for as fast as possible. */
  dwellSeconds?: number;
  signal?: AbortSignal;
  onProgress?: (progress: AcquisitionProgress) => void;
}

/**
 * Acquires a scan row by row, each pass after the other, at the pace of the beam. Ends quietly when `signal` aborts:
 * the sink is closed as aborted.
 * @returns whether the scan was completed
 */
export async function acquire(
  scan: Acquirable,
  sink: RowSink,
  { dwellSeconds = 0, signal, onProgress }: AcquireOptions = {},
): Promise<boolean> {
  const [rows, columns] = scan.shape;
  const rowMs = 1000 * dwellSeconds * (columns + scan.flybackColumns);
  const totalRows = rows * scan.passes;
  const start = performance.now();
  let done = 0;
  try {
    for (; done < totalRows && !signal?.aborted; done++) {
      const pass = Math.floor(done / rows);
      const row = scan.row(done % rows, pass);
      const early = start + (done + 1) * rowMs - performance.now();
      // Without a pause, timers and sockets would have to wait for the end of the scan.
      if (early > 0) await delay(early, undefined, signal ? { signal } : {});
      else await nextTurn();
      await sink.write(row, done % rows, pass);
      onProgress?.({
        rows: done + 1,
        totalRows,
        spectra: (done + 1) * columns,
        totalSpectra: totalRows * columns,
      });
    }
    await sink.close(done === totalRows ? 'complete' : 'aborted');
  } catch (error) {
    // What went wrong first is what people need to know.
    await sink.close('aborted').catch(() => {});
    if (!signal?.aborted) throw error;
  }
  return done === totalRows;
}
