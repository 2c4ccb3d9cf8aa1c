import { Matrix, SVD } from 'ml-matrix';
import { optimalAssignment } from '../math/optimal-assignment.ts';
import type { PcaBasis } from './pca.ts';

/**
 * The same components in the order and with the signs of an earlier fit, so that nothing flips or swaps on screen: the
 * assignment with the greatest Σ |v_old · v_new| over unit vectors in the units of the spectra. Components without a
 * counterpart fill the places that are left, strongest first. Components of nearly the same strength, whose directions
 * within their common space are arbitrary, are rotated onto the earlier ones (orthogonal Procrustes).
 */
export function matchComponents(basis: PcaBasis, before: PcaBasis): PcaBasis {
  if (basis.dimension !== before.dimension) return basis;
  const p = basis.dimension;
  const cosines = Array.from({ length: basis.components }, (_, k) =>
    Array.from({ length: before.components }, (_, j) => cosine(basis, k, before, j)),
  );
  const counterpart = optimalAssignment(cosines.map((row) => row.map(Math.abs)));
  const place = new Array<number>(basis.components).fill(-1);
  const taken = new Set<number>();
  counterpart.forEach((j, k) => {
    if (j < 0 || j >= basis.components) return;
    place[k] = j;
    taken.add(j);
  });
  let free = 0;
  place.forEach((to, k) => {
    if (to >= 0) return;
    while (taken.has(free)) free++;
    taken.add(free);
    place[k] = free;
  });
  const matched: PcaBasis = {
    ...basis,
    projection: new Float64Array(basis.projection.length),
    componentSpectra: new Float64Array(basis.componentSpectra.length),
    explained: new Array<number>(basis.components).fill(0),
  };
  place.forEach((to, k) => {
    const sign = counterpart[k] >= 0 && cosines[k][counterpart[k]] < 0 ? -1 : 1;
    matched.explained[to] = basis.explained[k];
    for (let i = 0; i < p; i++) {
      matched.projection[to * p + i] = sign * basis.projection[k * p + i];
      matched.componentSpectra[to * p + i] = sign * basis.componentSpectra[k * p + i];
    }
  });
  for (const group of alikeGroups(basis.explained)) {
    const places = group.map((k) => place[k]);
    if (group.length > 1 && places.every((to) => to < before.components)) turn(matched, places, before);
  }
  return matched;
}

/** Eigenvalues that differ by less than this share are the same but for chance. */
const ALIKE = 0.1;

/** Runs of components, strongest first, each of nearly the strength of the one before. */
function alikeGroups(strengths: readonly number[]): number[][] {
  const groups: number[][] = [];
  strengths.forEach((strength, k) => {
    const alike = k > 0 && strengths[k - 1] - strength < ALIKE * strengths[k - 1];
    if (alike) groups[groups.length - 1].push(k);
    else groups.push([k]);
  });
  return groups;
}

/** Turns components within the space they span, so that each comes closest to the one that had its place. */
function turn(basis: PcaBasis, places: number[], before: PcaBasis): void {
  const p = basis.dimension;
  const overlap = Matrix.zeros(places.length, places.length);
  places.forEach((a, row) => {
    places.forEach((b, column) => {
      let dot = 0;
      for (let i = 0; i < p; i++) dot += basis.projection[a * p + i] * before.componentSpectra[b * p + i];
      overlap.set(row, column, dot);
    });
  });
  const { leftSingularVectors, rightSingularVectors } = new SVD(overlap);
  const rotation = leftSingularVectors.mmul(rightSingularVectors.transpose());
  const explained = places.map((_, column) =>
    places.reduce((sum, k, row) => sum + rotation.get(row, column) ** 2 * basis.explained[k], 0),
  );
  for (const rows of [basis.projection, basis.componentSpectra]) {
    const turned = places.map((_, column) => {
      const sum = new Float64Array(p);
      places.forEach((k, row) => {
        for (let i = 0; i < p; i++) sum[i] += rotation.get(row, column) * rows[k * p + i];
      });
      return sum;
    });
    places.forEach((k, column) => {
      rows.set(turned[column], k * p);
    });
  }
  places.forEach((k, column) => {
    basis.explained[k] = explained[column];
  });
}

/** Cosine of two component spectra. */
function cosine(a: PcaBasis, k: number, b: PcaBasis, j: number): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.dimension; i++) {
    const x = a.componentSpectra[k * a.dimension + i];
    const y = b.componentSpectra[j * a.dimension + i];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}
