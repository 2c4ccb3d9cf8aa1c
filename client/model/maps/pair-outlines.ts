import type { PairInformation } from '../../../protocol/index.ts';
import { type Outline, outlinesOf } from '../../geometry/outlines.ts';
import { pairName } from '../words/pair-names.ts';

/** Most outlines: more would hide the map. */
const MOST_OUTLINES = 3;

/** Outlines of the pixels where two classes occur together that do so more often than by chance. */
export interface PairOutline {
  /** `SiO₂ (Si-L, O-K)`. */
  name: string;
  z: number;
  lines: readonly Outline[];
}

/** A class map with the revision of the model that it shows. */
export interface OutlinedMap {
  data: ArrayLike<number>;
  revision: number;
}

/**
 * Outlines of the strongest candidates for co-occurrence, furthest above chance first. Pairs of edges whose class maps
 * are of another revision than their information are left out: their classes may be numbered differently.
 */
export function pairOutlines(
  information: readonly PairInformation[],
  mapOf: (edge: string) => OutlinedMap | undefined,
  shape: readonly [number, number],
  nameOf: (edge: string, label: number) => string,
): PairOutline[] {
  const candidates = information
    .filter(({ verdict }) => verdict === 'related' || verdict === 'explained by thickness')
    .flatMap((pair) => pair.pairs.map((classes) => ({ pair, classes })))
    .sort((p, q) => q.classes.z - p.classes.z);
  const outlines: PairOutline[] = [];
  for (const { pair, classes } of candidates) {
    if (outlines.length === MOST_OUTLINES) break;
    const [a, b] = [mapOf(pair.a), mapOf(pair.b)];
    if (a?.revision !== pair.revisions[0] || b?.revision !== pair.revisions[1]) continue;
    const mask = new Uint8Array(shape[0] * shape[1]);
    for (let i = 0; i < mask.length; i++)
      mask[i] = a.data[i] === classes.a && b.data[i] === classes.b ? 1 : 0;
    const lines = outlinesOf(mask, shape);
    if (lines.length === 0) continue;
    const name = pairName([pair.a, pair.b], [nameOf(pair.a, classes.a), nameOf(pair.b, classes.b)]);
    outlines.push({ name, z: classes.z, lines });
  }
  return outlines;
}
