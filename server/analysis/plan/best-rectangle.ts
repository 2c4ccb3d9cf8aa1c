import type { Area } from './summed-area.ts';

/**
 * The rectangle over which a map's sum, less a cost for each of its rows, is largest: for every pair of a first and a last row
 * Kadane's largest run of column sums (J. Bentley, Commun. ACM 27 (1984) 865). O(rows² · columns).
 * @param map row-major
 * @param rowCost cost of row y; all the same
 */
export function bestRectangle(
  map: Float64Array,
  [rows, columns]: readonly [number, number],
  rowCost: number,
): Area & { worth: number } {
  const best = { y: 0, x: 0, height: 0, width: 0, worth: Number.NEGATIVE_INFINITY };
  const sums = new Float64Array(columns);
  for (let top = 0; top < rows; top++) {
    sums.fill(0);
    for (let bottom = top; bottom < rows; bottom++) {
      const cost = rowCost * (bottom - top + 1);
      const row = bottom * columns;
      let run = 0;
      let start = 0;
      for (let x = 0; x < columns; x++) {
        sums[x] += map[row + x];
        if (run <= 0) {
          run = sums[x];
          start = x;
        } else run += sums[x];
        if (run - cost > best.worth) {
          best.worth = run - cost;
          best.y = top;
          best.height = bottom - top + 1;
          best.x = start;
          best.width = x - start + 1;
        }
      }
    }
  }
  return best;
}
