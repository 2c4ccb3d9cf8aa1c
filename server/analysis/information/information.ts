import { sum } from '../math/sum.ts';

/** Joint counts of two label maps over the pixels measured in both. */
export interface Contingency {
  /** Labels of the rows and columns, ascending; −1 (absent) first where it occurs. */
  rows: number[];
  columns: number[];
  /** rows × columns. */
  counts: number[][];
  pixels: number;
}

/** Labels below −1 (not measured) are left out. Row-major maps of equal length. */
export function contingency(a: Int16Array, b: Int16Array): Contingency {
  const joint = new Map<number, number>();
  const KEY = 65536;
  let pixels = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] < -1 || b[i] < -1) continue;
    const key = (a[i] + 1) * KEY + b[i] + 1;
    joint.set(key, (joint.get(key) ?? 0) + 1);
    pixels++;
  }
  const labels = (of: (key: number) => number) =>
    [...new Set([...joint.keys()].map(of))].sort((p, q) => p - q).map((label) => label - 1);
  const rows = labels((key) => Math.floor(key / KEY));
  const columns = labels((key) => key % KEY);
  const counts = rows.map((row) => columns.map((column) => joint.get((row + 1) * KEY + column + 1) ?? 0));
  return { rows, columns, counts, pixels };
}

/**
 * Mutual information in nats and its terms (n_ij/N)·ln(n_ij·N/(n_i·n_j)), which add up to it (0 where n_ij = 0).
 */
export function mutualInformation({ counts }: Pick<Contingency, 'counts'>): {
  mi: number;
  terms: number[][];
} {
  const rowSums = counts.map(sum);
  const columnSums = (counts[0] ?? []).map((_, j) => sum(counts.map((row) => row[j])));
  const n = sum(rowSums);
  const terms = counts.map((row, i) =>
    row.map((count, j) =>
      count > 0 ? (count / n) * Math.log((count * n) / (rowSums[i] * columnSums[j])) : 0,
    ),
  );
  return { mi: Math.max(0, sum(terms.map(sum))), terms };
}

/** The table over pixels where both edges are present: without the rows and columns of absence. */
export function bothPresent({ rows, columns, counts }: Contingency): Contingency {
  const kept = columns.map((_, j) => j).filter((j) => columns[j] >= 0);
  const inner = counts.filter((_, i) => rows[i] >= 0).map((row) => kept.map((j) => row[j]));
  return {
    rows: rows.filter((label) => label >= 0),
    columns: kept.map((j) => columns[j]),
    counts: inner,
    pixels: sum(inner.map(sum)),
  };
}

/**
 * Pointwise information of each pixel, ln(n_ij·N/(n_i·n_j)) in nats; NaN where a map is not measured. Its mean over
 * the measured pixels is the mutual information.
 */
export function informationMap(a: Int16Array, b: Int16Array, table: Contingency, out: Float32Array): void {
  const rowSums = table.counts.map(sum);
  const columnSums = table.columns.map((_, j) => sum(table.counts.map((row) => row[j])));
  const values = table.counts.map((row, i) =>
    row.map((count, j) => (count > 0 ? Math.log((count * table.pixels) / (rowSums[i] * columnSums[j])) : 0)),
  );
  const rowOf = new Map(table.rows.map((label, i) => [label, i]));
  const columnOf = new Map(table.columns.map((label, j) => [label, j]));
  for (let i = 0; i < out.length; i++) {
    const row = rowOf.get(a[i]);
    const column = columnOf.get(b[i]);
    out[i] = row === undefined || column === undefined ? Number.NaN : values[row][column];
  }
}
