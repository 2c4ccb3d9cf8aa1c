/** Widths of the intervals that are tried, as parts of the range. */
const WIDTHS = [4, 6, 9];

/**
 * Whether values have fewer of them in some interval than in one of the same length on either side of it, which no
 * distribution with a single peak has (exact sign tests, both significant). The intervals are chosen on other values
 * from the same distribution, so that the error level holds for any distribution. Unlike the dip test this loses
 * nothing where one of two groups is much smaller.
 * @param chosenOn ascending
 * @param values ascending
 * @param error probability of finding a valley in a distribution with one peak
 */
export function hasValley(chosenOn: Float64Array, values: Float64Array, error: number): boolean {
  const where = deepest(chosenOn);
  if (!where) return false;
  const [left, middle, right] = where.starts.map((start) => within(values, start, start + where.width));
  return atMost(middle, middle + left) <= error && atMost(middle, middle + right) <= error;
}

/** Three intervals of equal length, the middle one emptiest against the others. */
function deepest(values: Float64Array): { starts: number[]; width: number } | undefined {
  const n = values.length;
  const [first, last] = [values[0], values[n - 1]];
  let best: { starts: number[]; width: number } | undefined;
  let depth = 0;
  for (const parts of WIDTHS) {
    const width = (last - first) / parts;
    const starts = Array.from({ length: 4 * (parts - 1) + 1 }, (_, i) => first + (i * width) / 4);
    const counts = starts.map((start) => within(values, start, start + width));
    for (let m = 4; m < starts.length - 4; m++) {
      const left = fullest(counts, 0, m - 4);
      const right = fullest(counts, m + 4, starts.length - 1);
      const least = Math.min(counts[left], counts[right]);
      const found = (least - counts[m]) / Math.sqrt(least + counts[m] + 1);
      if (found <= depth) continue;
      depth = found;
      best = { starts: [starts[left], starts[m], starts[right]], width };
    }
  }
  return best;
}

function fullest(counts: number[], from: number, to: number): number {
  let best = from;
  for (let i = from; i <= to; i++) if (counts[i] > counts[best]) best = i;
  return best;
}

/** How many of the values lie in [from, to). */
const within = (sorted: Float64Array, from: number, to: number): number =>
  firstFrom(sorted, to) - firstFrom(sorted, from);

/** Index of the first value that is not below a limit. */
function firstFrom(sorted: Float64Array, limit: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Probability of at most k heads in n throws of a coin. */
export function atMost(k: number, n: number): number {
  let log = -n * Math.LN2;
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(log);
    log += Math.log((n - i) / (i + 1));
  }
  return Math.min(sum, 1);
}
