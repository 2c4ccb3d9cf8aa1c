import type { Contingency } from './information.ts';
import { entropyTerms, RunningInformation } from './running-information.ts';

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
  const phi = entropyTerms(LOCAL_WINDOW ** 2);
  const rowOf = indexed(a, rows);
  const columnOf = indexed(b, columns);
  for (let y = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height - 1, y + reach)];
    const inside = new RunningInformation(rows.length, columns.length, phi);
    const known = (i: number) => rowOf[i] >= 0 && columnOf[i] >= 0;
    /** Moves the window on to where column x is its last: neighbours are mostly alike, and like for like changes nothing. */
    const advance = (x: number) => {
      const [entering, leaving] = [x < width, x >= LOCAL_WINDOW];
      for (let i = top * width + x; i <= bottom * width + x; i += width) {
        const old = i - LOCAL_WINDOW;
        if (entering && leaving && rowOf[i] === rowOf[old] && columnOf[i] === columnOf[old]) continue;
        if (leaving && known(old)) inside.remove(rowOf[old], columnOf[old]);
        if (entering && known(i)) inside.add(rowOf[i], columnOf[i]);
      }
    };
    for (let x = 0; x < reach; x++) advance(x);
    for (let x = 0; x < width; x++) {
      advance(x + reach);
      const chance = (designEffect * inside.freedom) / (2 * inside.pixels);
      out[y * width + x] = inside.pixels < least ? Number.NaN : Math.max(0, inside.mi - chance);
    }
  }
}

/** Place of each pixel's label in the list; −1 where it has none. */
function indexed(map: Int16Array, labels: number[]): Int16Array {
  const lowest = Math.min(0, ...labels);
  const places = new Int16Array(Math.max(0, ...labels) - lowest + 1).fill(-1);
  labels.forEach((label, index) => {
    places[label - lowest] = index;
  });
  return map.map((label) => places[label - lowest] ?? -1);
}
