import { sum } from '../math/sum.ts';

/** Weights below this share of the largest one no longer change a double. */
const NEGLIGIBLE = 1e-20;

/**
 * Σ_k P(k)·(k/n)·ln(n·k/(a·b)) for hypergeometric k: what one cell of row sum `a` and column sum `b` adds to the mutual
 * information by chance. The law is walked from its mode outwards and normalised by its own sum, which needs no
 * factorials and loses no digits on large maps.
 */
function expectedTerm(a: number, b: number, n: number): number {
  const least = Math.max(0, a + b - n);
  const most = Math.min(a, b);
  const mode = Math.min(most, Math.max(least, Math.floor(((a + 1) * (b + 1)) / (n + 2))));
  let weights = 0;
  let terms = 0;
  const add = (k: number, weight: number) => {
    weights += weight;
    if (k > 0) terms += weight * (k / n) * Math.log((n * k) / (a * b));
  };
  add(mode, 1);
  for (let k = mode, weight = 1; k < most && weight > NEGLIGIBLE; k++) {
    weight *= ((a - k) * (b - k)) / ((k + 1) * (n - a - b + k + 1));
    add(k + 1, weight);
  }
  for (let k = mode, weight = 1; k > least && weight > NEGLIGIBLE; k--) {
    weight *= (k * (n - a - b + k)) / ((a - k + 1) * (b - k + 1));
    add(k - 1, weight);
  }
  return terms / weights;
}

/** Expected mutual information, nats, of random tables with these margins. */
export function expectedInformation(rowSums: readonly number[], columnSums: readonly number[]): number {
  const n = sum(rowSums);
  return sum(rowSums.flatMap((a) => columnSums.map((b) => (a > 0 && b > 0 ? expectedTerm(a, b, n) : 0))));
}

/** Entropy of a partition, nats. */
export function entropy(sizes: readonly number[]): number {
  const n = sum(sizes);
  return -sum(sizes.map((size) => (size > 0 ? (size / n) * Math.log(size / n) : 0)));
}

/**
 * Adjusted mutual information (I − E[I])/(mean entropy − E[I]), the arithmetic mean as in scikit-learn: 1 for equal
 * partitions, 0 on average for random labels (Vinh, Epps and Bailey, JMLR 11 (2010) 2837). It ignores spatial
 * correlation: for that there is the spatial test.
 * @param mi mutual information of the table, nats
 */
export function adjustedInformation(counts: readonly (readonly number[])[], mi: number): number {
  const rowSums = counts.map(sum);
  const columnSums = (counts[0] ?? []).map((_, j) => sum(counts.map((row) => row[j])));
  const full = (sizes: number[]) => sizes.filter((size) => size > 0).length;
  if (full(rowSums) <= 1 && full(columnSums) <= 1) return 1;
  const expected = expectedInformation(rowSums, columnSums);
  const room = (entropy(rowSums) + entropy(columnSums)) / 2 - expected;
  // The denominator of partitions that no permutation changes is rounding only.
  const least = 2 ** -52;
  return (mi - expected) / (room < 0 ? Math.min(room, -least) : Math.max(room, least));
}
