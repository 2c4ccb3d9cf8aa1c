import { normalCritical } from '../math/chi-squared.ts';
import { sum } from '../math/sum.ts';
import type { SpatialTest } from './spatial-test.ts';

/** A class of one edge with a class of another, in the pixels that have both. */
export interface ClassPair {
  a: number;
  b: number;
  /** Pixels tested that have both. */
  count: number;
  /** ln(n_ij·N/(n_i·n_j)), nats, and its lower limit at 97.5 %. */
  pmi: number;
  pmiLower: number;
  /** Pointwise information over −ln(n_ij/N): 1 where each only occurs with the other. */
  npmi: number;
  /** Excess over unrelated maps in its standard deviations, autocorrelation allowed for. */
  z: number;
}

/** A pair is shown from this many independent areas on. */
const LEAST_AREAS = 10;
const LOWER = normalCritical(0.05);

/** (n_ij − n_i·n_j/N)/√Var_ij; 0 where the count cannot vary. */
export function excess({ table, variances }: Pick<SpatialTest, 'table' | 'variances'>): number[][] {
  const { rowSums, columnSums } = margins(table.counts);
  return table.counts.map((row, i) =>
    row.map((count, j) =>
      variances[i][j] > 0
        ? (count - (rowSums[i] * columnSums[j]) / table.pixels) / Math.sqrt(variances[i][j])
        : 0,
    ),
  );
}

/**
 * Pairs of classes, absence left out, that occur together more often than unrelated maps would: the ones furthest above
 * chance first, of equal ones those more exclusive to each other. They are candidates: to occur in one projection is not
 * a bond.
 * @param critical least excess, standard deviations
 */
export function classPairs(test: SpatialTest, critical: number): ClassPair[] {
  const { table, variances, designEffect } = test;
  const { rowSums, columnSums } = margins(table.counts);
  const n = table.pixels;
  const z = excess(test);
  const found: ClassPair[] = [];
  table.rows.forEach((a, i) => {
    table.columns.forEach((b, j) => {
      const count = table.counts[i][j];
      if (a < 0 || b < 0 || z[i][j] < critical || count / designEffect < LEAST_AREAS) return;
      const chance = (rowSums[i] * columnSums[j]) / n;
      const pmi = Math.log(count / chance);
      found.push({
        a,
        b,
        count,
        pmi,
        pmiLower: Math.log(Math.max(1, count - LOWER * Math.sqrt(variances[i][j])) / chance),
        npmi: count < n ? pmi / -Math.log(count / n) : 0,
        z: z[i][j],
      });
    });
  });
  return found.sort((p, q) => q.z - p.z || q.npmi - p.npmi);
}

function margins(counts: number[][]): { rowSums: number[]; columnSums: number[] } {
  return {
    rowSums: counts.map(sum),
    columnSums: (counts[0] ?? []).map((_, j) => sum(counts.map((row) => row[j]))),
  };
}
