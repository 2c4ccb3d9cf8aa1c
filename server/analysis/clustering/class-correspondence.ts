import type { ClassCorrespondence, MatchedClasses } from '../../../protocol/index.ts';
import type { Contingency } from '../information/information.ts';
import { optimalAssignment } from '../math/optimal-assignment.ts';
import { sum } from '../math/sum.ts';

/**
 * The one-to-one matching of classes with the most pixels in common. Absence stands for absence. Classes without a common pixel
 * are not matched.
 * @param table joint counts of the two maps
 * @param classes how many classes A and B have: some may have no pixel in the table
 */
export function classCorrespondence(
  table: Contingency,
  classes: readonly [number, number],
): ClassCorrespondence {
  const countOf = (a: number, b: number): number =>
    table.counts[table.rows.indexOf(a)]?.[table.columns.indexOf(b)] ?? 0;
  const weights = Array.from({ length: classes[0] }, (_, a) =>
    Array.from({ length: classes[1] }, (_, b) => countOf(a, b)),
  );
  const ofA = (a: number) => sum(table.counts[table.rows.indexOf(a)] ?? []);
  const ofB = (b: number) => sum(table.counts.map((row) => row[table.columns.indexOf(b)] ?? 0));
  const matches = optimalAssignment(weights).flatMap((b, a): MatchedClasses[] => {
    const pixels = b < 0 ? 0 : weights[a][b];
    return pixels > 0 ? [{ a, b, pixels, shareOfA: pixels / ofA(a), shareOfB: pixels / ofB(b) }] : [];
  });
  const without = (count: number, matched: readonly number[]) =>
    Array.from({ length: count }, (_, label) => label).filter((label) => !matched.includes(label));
  const matched = sum(matches.map(({ pixels }) => pixels));
  const present = sum(weights.map(sum));
  return {
    matches,
    onlyA: without(
      classes[0],
      matches.map(({ a }) => a),
    ),
    onlyB: without(
      classes[1],
      matches.map(({ b }) => b),
    ),
    ...(present > 0 && { share: matched / present }),
    ...(table.pixels > 0 && { shareWithAbsence: (matched + countOf(-1, -1)) / table.pixels }),
  };
}
