import type { PairInformation } from '../../../protocol/index.ts';
import { verdictText } from './describe.ts';

/** Independent areas that a candidate for co-occurrence needs (`PairInformation.pairs`). */
const LEAST_AREAS = 'ten';

/** Two classes by their labels, and the pair of edges that they are of. */
export interface ClassPair {
  pair: PairInformation;
  a: number;
  b: number;
}

/** The two present classes that occur together furthest above chance; undefined where none do. */
export function strongestPair(information: readonly PairInformation[]): ClassPair | undefined {
  let best: ClassPair | undefined;
  let most = 0;
  for (const pair of information)
    pair.rows.forEach((a, i) => {
      pair.columns.forEach((b, j) => {
        if (a < 0 || b < 0 || pair.counts[i][j] === 0 || !(pair.z[i][j] > most)) return;
        most = pair.z[i][j];
        best = { pair, a, b };
      });
    });
  return best;
}

/** Why two classes are not outlined as a candidate for co-occurrence; undefined where they are one. */
export function whyNotOutlined({ pair, a, b }: ClassPair): string | undefined {
  if (pair.verdict !== 'related' && pair.verdict !== 'explained by thickness') return verdictText(pair);
  const z = pair.z[pair.rows.indexOf(a)][pair.columns.indexOf(b)];
  if (z < pair.zCritical) return `${z.toFixed(1)} σ above chance, ${pair.zCritical.toFixed(1)} σ are needed`;
  if (pair.pairs.some((one) => one.a === a && one.b === b)) return undefined;
  return `fewer than ${LEAST_AREAS} independent areas`;
}
