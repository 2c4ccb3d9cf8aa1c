import type { Contingency } from './information.ts';
import { countTables, RunningInformation } from './running-information.ts';

/** Least side of the sliding window, pixels, and how many independent areas it covers at least. */
export const LEAST_WINDOW = 15;
const AREAS = 16;
/** Least measured share of the part of the window that lies in the scan. */
const LEAST_SHARE = 0.6;
/** Rounding error of differences of equal sums. */
const ROUNDING = 1e-9;

/**
 * Side of a window that is large enough to show a relation: the chance level δ·(rows − 1)·(columns − 1)/2n that is
 * subtracted would leave nothing in a small window of correlated pixels. Odd, and at most half of the shorter side of
 * the scan.
 * @param designEffect δ of the spatial test: how many times fewer independent areas than pixels there are
 */
export function localWindow(designEffect: number, [height, width]: readonly [number, number]): number {
  const wanted = Math.max(
    LEAST_WINDOW,
    Math.min(Math.sqrt(AREAS * designEffect), Math.min(height, width) / 2),
  );
  return 2 * Math.ceil((wanted - 1) / 2) + 1;
}

/**
 * Mutual information of two label maps within a window around each pixel, nats: it locates the relation in the map and
 * does not test it. What unrelated labels have in such a window, δ·(rows − 1)·(columns − 1)/2n with the classes that
 * are in the window (in part where they have hardly an independent area of it), is subtracted; NaN where less than 60 %
 * of it is measured. Run time does not depend on the window.
 * @param designEffect δ of the spatial test
 * @param window its side in pixels, odd
 */
export function localInformation(
  a: Int16Array,
  b: Int16Array,
  { rows, columns }: Pick<Contingency, 'rows' | 'columns'>,
  [height, width]: readonly [number, number],
  designEffect: number,
  window: number,
  out: Float32Array,
): void {
  const reach = (window - 1) / 2;
  /** Pixels of the window that lie in the scan, along one direction. */
  const extent = (at: number, end: number) => Math.min(at + reach + 1, end) - Math.max(at - reach, 0);
  const cells = rows.length * columns.length;
  // During a step the counts may be those of two windows.
  const tables = countTables(2 * window ** 2, Math.min(designEffect, window ** 2 / AREAS) / 2);
  const cellOf = jointLabels(a, b, rows, columns);
  /** Pixels of each column of the window's rows in each cell of the table. */
  const heights = new Int32Array(width * cells);
  const passRow = (y: number, change: 1 | -1) => {
    if (y < 0 || y >= height) return;
    for (let x = 0, i = y * width; x < width; x++, i++)
      if (cellOf[i] >= 0) heights[x * cells + cellOf[i]] += change;
  };
  for (let y = 0; y < reach; y++) passRow(y, 1);
  for (let y = 0; y < height; y++) {
    passRow(y + reach, 1);
    passRow(y - reach - 1, -1);
    const inside = new RunningInformation(rows.length, columns.length, tables);
    /** Moves the window on to where column x is its last. */
    const advance = (x: number) => {
      const [entering, leaving] = [x < width, x >= window];
      for (let cell = 0, to = x * cells, from = (x - window) * cells; cell < cells; cell++, to++, from++) {
        const change = (entering ? heights[to] : 0) - (leaving ? heights[from] : 0);
        if (change !== 0) inside.change(Math.floor(cell / columns.length), cell % columns.length, change);
      }
    };
    for (let x = 0; x < reach; x++) advance(x);
    for (let x = 0; x < width; x++) {
      advance(x + reach);
      const { pixels, mi, freedom } = inside;
      const beyond = mi - (designEffect * freedom) / (2 * pixels);
      const least = LEAST_SHARE * extent(y, height) * extent(x, width);
      out[y * width + x] = pixels < least ? Number.NaN : beyond > ROUNDING ? beyond : 0;
    }
  }
}

/** Cell of the table, row-major, that each pixel is in; −1 where a label is not in the lists. */
function jointLabels(a: Int16Array, b: Int16Array, rows: number[], columns: number[]): Int32Array {
  const [rowOf, columnOf] = [places(rows), places(columns)];
  const cells = new Int32Array(a.length);
  for (let i = 0; i < cells.length; i++) {
    const row = rowOf[a[i] + UNLISTED] ?? -1;
    const column = columnOf[b[i] + UNLISTED] ?? -1;
    cells[i] = row < 0 || column < 0 ? -1 : row * columns.length + column;
  }
  return cells;
}

/** Labels start at −2, not measured. */
const UNLISTED = 2;

/** Place of label l in the list at l + 2; −1 where it has none. */
function places(labels: number[]): Int16Array {
  const found = new Int16Array(Math.max(0, ...labels) + UNLISTED + 1).fill(-1);
  labels.forEach((label, index) => {
    found[label + UNLISTED] = index;
  });
  return found;
}
