import { sum } from '../math/sum.ts';

const pairs = (n: number): number => (n * (n - 1)) / 2;

/**
 * Adjusted Rand index of a contingency table (Hubert and Arabie, J. Classification 2 (1985) 193): 1 for equal
 * partitions whatever their numbers, 0 on average for random labels. As scikit-learn has it, 1 where both are one
 * class, both are all single pixels, or there is at most one pixel.
 * @param counts pixels by class of the one and of the other
 */
export function adjustedRand(counts: readonly (readonly number[])[]): number {
  const rowSums = counts.map(sum);
  const columnSums = (counts[0] ?? []).map((_, j) => sum(counts.map((row) => row[j])));
  const joint = sum(counts.flat().map(pairs));
  const [inA, inB] = [sum(rowSums.map(pairs)), sum(columnSums.map(pairs))];
  const all = pairs(sum(rowSums));
  if (all === 0 || (joint === inA && joint === inB)) return 1;
  const expected = (inA / all) * inB;
  return (joint - expected) / ((inA + inB) / 2 - expected);
}
