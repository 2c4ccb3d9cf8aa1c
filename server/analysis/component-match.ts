import { assign } from './labels.ts';
import type { PcaBasis } from './pca.ts';

/**
 * The same components in the order and with the signs of an earlier fit, so that nothing flips or swaps on screen: the
 * assignment with the greatest Σ |v_old · v_new| over unit vectors in the units of the spectra. Components without a
 * counterpart fill the places that are left, strongest first.
 */
export function matchComponents(basis: PcaBasis, before: PcaBasis): PcaBasis {
  if (basis.dimension !== before.dimension) return basis;
  const p = basis.dimension;
  const cosines = Array.from({ length: basis.components }, (_, k) =>
    Array.from({ length: before.components }, (_, j) => cosine(basis, k, before, j)),
  );
  const counterpart = assign(cosines.map((row) => row.map(Math.abs)));
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
    loadings: new Float64Array(basis.loadings.length),
    reconstruction: new Float64Array(basis.reconstruction.length),
    explained: new Array<number>(basis.components).fill(0),
  };
  place.forEach((to, k) => {
    const sign = counterpart[k] >= 0 && cosines[k][counterpart[k]] < 0 ? -1 : 1;
    matched.explained[to] = basis.explained[k];
    for (let i = 0; i < p; i++) {
      matched.loadings[to * p + i] = sign * basis.loadings[k * p + i];
      matched.reconstruction[to * p + i] = sign * basis.reconstruction[k * p + i];
    }
  });
  return matched;
}

/** Of two components' spectra. */
function cosine(a: PcaBasis, k: number, b: PcaBasis, j: number): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.dimension; i++) {
    const x = a.reconstruction[k * a.dimension + i];
    const y = b.reconstruction[j * a.dimension + i];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa > 0 && bb > 0 ? dot / Math.sqrt(aa * bb) : 0;
}
