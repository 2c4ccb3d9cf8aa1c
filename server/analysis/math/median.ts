/** Median of finite values, the mean of the middle two where their number is even; NaN of none. */
export function median(values: Float64Array): number {
  const n = values.length;
  if (n === 0) return Number.NaN;
  const work = values.slice();
  const upper = select(work, n >> 1);
  if (n % 2 === 1) return upper;
  // Values before the upper middle are not larger than it.
  let lower = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n >> 1; i++) lower = Math.max(lower, work[i]);
  return (lower + upper) / 2;
}

/** Median of finite values, and what the standard deviation of normal ones with their median distance from it would be. */
export function middleOf(values: Float64Array): { middle: number; scatter: number } {
  const middle = median(values);
  const distances = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) distances[i] = Math.abs(values[i] - middle);
  return { middle, scatter: 1.4826 * median(distances) };
}

/** The value that has `rank` others before it when sorted; brings all of these before it (Hoare 1961, CACM 4:321). */
export function select(values: Float64Array | Float32Array, rank: number): number {
  let first = 0;
  let last = values.length - 1;
  while (first < last) {
    const pivot = middleOfThree(values[first], values[(first + last) >> 1], values[last]);
    let low = first;
    let high = last;
    while (low <= high) {
      while (values[low] < pivot) low++;
      while (values[high] > pivot) high--;
      if (low > high) break;
      const value = values[low];
      values[low++] = values[high];
      values[high--] = value;
    }
    if (rank <= high) last = high;
    else if (rank >= low) first = low;
    else break;
  }
  return values[rank];
}

const middleOfThree = (a: number, b: number, c: number): number =>
  Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/** The upper of the two middle values where their number is even; NaN counts as the largest. */
export function upperMedian(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** (1.4826 · median distance from the median)²; 0 of nothing. */
export function robustVariance(values: Float32Array | Float64Array): number {
  if (values.length === 0) return 0;
  const middle = upperMedian(values);
  return (1.4826 * upperMedian(values.map((x) => Math.abs(x - middle)))) ** 2;
}

/** Upper median of those that are known; 0 of none. */
export function medianKnown(values: ArrayLike<number>): number {
  const known = Array.from(values).filter((x) => !Number.isNaN(x));
  return known.length > 0 ? upperMedian(known) : 0;
}
