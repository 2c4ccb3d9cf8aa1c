import type { PairInformation } from '../../protocol/index.ts';
import { bothPresent, contingency, informationMap, mutualInformation } from '../analysis/information.ts';

export interface LabelMap {
  name: string;
  labels: Int16Array;
  revision: number;
}

/** Mutual information of two edges' class maps; writes the pointwise map to `map`. */
export function pairInformation(a: LabelMap, b: LabelMap, map: Float32Array): Omit<PairInformation, 'epoch'> {
  const table = contingency(a.labels, b.labels);
  const { mi, terms } = mutualInformation(table);
  informationMap(a.labels, b.labels, table, map);
  return {
    type: 'information',
    a: a.name,
    b: b.name,
    revisions: [a.revision, b.revision],
    pixels: table.pixels,
    mi,
    miBothPresent: mutualInformation(bothPresent(table)).mi,
    rows: table.rows,
    columns: table.columns,
    counts: table.counts,
    pointwise: terms,
  };
}
