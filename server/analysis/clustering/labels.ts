import { optimalAssignment } from '../math/optimal-assignment.ts';

/** Pixels of each class. */
export function countsOf(labels: Int16Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) if (label >= 0) counts[label]++;
  return counts;
}

/**
 * New label of each class of a new revision: the number of the old class it overlaps most (one to one) where there is
 * such a number among the new ones, the others in the order they have.
 * @param labels new label of each pixel
 * @param previous old label of each pixel
 */
export function keptNumbers(
  labels: Int16Array,
  k: number,
  previous: Int16Array,
  previousK: number,
): number[] {
  const overlap = overlapOf(labels, k, previous, previousK);
  const numbers = new Array<number>(k).fill(-1);
  if (previousK > 0)
    optimalAssignment(overlap).forEach((old, label) => {
      if (old >= 0 && old < k && overlap[label][old] > 0) numbers[label] = old;
    });
  let free = 0;
  const taken = new Set(numbers);
  return numbers.map((number) => {
    if (number >= 0) return number;
    while (taken.has(free)) free++;
    return free++;
  });
}

/** Pixels of each new class in each old one. */
function overlapOf(labels: Int16Array, k: number, previous: Int16Array, previousK: number): number[][] {
  const overlap = Array.from({ length: k }, () => new Array<number>(previousK).fill(0));
  labels.forEach((label, i) => {
    if (label >= 0 && previous[i] >= 0) overlap[label][previous[i]]++;
  });
  return overlap;
}

/** New label of each old one: largest class first, ties by the class that occurs first. */
export function canonicalOrder(labels: Int16Array, k: number): number[] {
  const count = new Array<number>(k).fill(0);
  const first = new Array<number>(k).fill(Number.POSITIVE_INFINITY);
  labels.forEach((label, i) => {
    if (label < 0) return;
    count[label]++;
    first[label] = Math.min(first[label], i);
  });
  const order = count.map((_, label) => label).sort((a, b) => count[b] - count[a] || first[a] - first[b]);
  const renamed = new Array<number>(k);
  order.forEach((label, rank) => {
    renamed[label] = rank;
  });
  return renamed;
}

/**
 * Colours for the classes of a new revision: each keeps the colour of the old class it overlaps most (one to one);
 * a class without predecessor gets the lowest colour that is free, from `unused` on.
 * @param labels new label of each pixel
 * @param previous old label of each pixel
 * @param previousColours colour of each old label
 */
export function matchColours(
  labels: Int16Array,
  k: number,
  previous: Int16Array,
  previousColours: readonly number[],
  unused = 0,
): number[] {
  const overlap = overlapOf(labels, k, previous, previousColours.length);
  const colours = new Array<number>(k).fill(-1);
  if (previousColours.length > 0)
    optimalAssignment(overlap).forEach((old, label) => {
      if (old >= 0 && overlap[label][old] > 0) colours[label] = previousColours[old];
    });
  const kept = colours.filter((colour) => colour >= 0);
  let free = unused;
  return colours.map((colour) => {
    if (colour >= 0) return colour;
    while (kept.includes(free)) free++;
    return free++;
  });
}
