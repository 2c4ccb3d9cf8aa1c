import type { Contingency } from './information.ts';
import { RunningInformation } from './running-information.ts';

/** Side of the sliding window, pixels. */
export const LOCAL_WINDOW = 15;
/** With fewer measured pixels of the whole window the figure says nothing. */
const LEAST_SHARE = 0.6;

/**
 * Mutual information of two label maps within a window around each pixel, nats: where in the map the relation is, not
 * whether there is one. What unrelated labels have in so small a window, δ·(rows − 1)·(columns − 1)/2n with the classes
 * that are in the window, is taken off; NaN where less than 60 % of the window is measured.
 * @param designEffect δ of the spatial test: how many times fewer independent areas than pixels there are
 */
export function localInformation(
  a: Int16Array,
  b: Int16Array,
  { rows, columns }: Pick<Contingency, 'rows' | 'columns'>,
  [height, width]: readonly [number, number],
  designEffect: number,
  out: Float32Array,
): void {
  const reach = (LOCAL_WINDOW - 1) / 2;
  const least = LEAST_SHARE * LOCAL_WINDOW ** 2;
  const rowOf = indexed(a, rows);
  const columnOf = indexed(b, columns);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height - 1, y + reach)];
    const inside = new RunningInformation(rows.length, columns.length, LOCAL_WINDOW ** 2);
    const change = (x: number, entering: boolean) => {
      if (x < 0 || x >= width) return;
      for (let i = top * width + x; i <= bottom * width + x; i += width) {
        if (rowOf[i] < 0 || columnOf[i] < 0) continue;
        if (entering) inside.add(rowOf[i], columnOf[i]);
        else inside.remove(rowOf[i], columnOf[i]);
      }
    };
    for (let x = -reach; x < reach; x++) change(x, true);
    for (let x = 0; x < width; x++) {
      change(x - reach - 1, false);
      change(x + reach, true);
      const chance = (designEffect * inside.freedom) / (2 * inside.pixels);
      out[y * width + x] = inside.pixels < least ? Number.NaN : Math.max(0, inside.mi - chance);
    }
  }
}

/** Place of each pixel's label in the list; −1 where it has none. */
function indexed(map: Int16Array, labels: number[]): Int16Array {
  const places = new Map(labels.map((label, index) => [label, index]));
  return map.map((label) => places.get(label) ?? -1);
}
