import { adjustedRand } from '../../server/analysis/clustering/adjusted-rand.ts';
import { optimalAssignment } from '../../server/analysis/math/optimal-assignment.ts';

function count<T>(values: T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** Adjusted Rand index of two labellings, labels below 0 being classes like any other. */
export function adjustedRandIndex(a: number[], b: number[]): number {
  const rows = [...new Set(a)];
  const columns = [...new Set(b)];
  const counts = rows.map(() => columns.map(() => 0));
  const [rowOf, columnOf] = [rows, columns].map(
    (labels) => new Map(labels.map((label, place) => [label, place])),
  );
  a.forEach((label, i) => {
    counts[rowOf.get(label) ?? 0][columnOf.get(b[i]) ?? 0]++;
  });
  return adjustedRand(counts);
}

/** Each label replaced by the true class most of its pixels belong to. */
export function mapToMajority(labels: number[], truth: number[]): number[] {
  const majority = new Map<number, number>();
  for (const label of new Set(labels)) {
    const votes = [...count(truth.filter((_, i) => labels[i] === label))];
    votes.sort(([, a], [, b]) => b - a);
    majority.set(label, votes[0][0]);
  }
  return labels.map((label) => majority.get(label) as number);
}

/** Labels of a fixture: one character a pixel, `-` where the edge is absent. */
export const readLabels = (text: string): number[] =>
  Array.from(text, (character) => (character === '-' ? -1 : Number(character)));

/** Each class renamed to the one of `reference` it shares most pixels with, one to one; absence stays. */
export function renameTo(reference: number[], labels: number[]): number[] {
  const size = Math.max(...labels, ...reference) + 1;
  const overlap = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  labels.forEach((label, i) => {
    if (label >= 0 && reference[i] >= 0) overlap[label][reference[i]]++;
  });
  const names = optimalAssignment(overlap);
  return labels.map((label) => (label >= 0 ? names[label] : label));
}
