import { classCorrespondence } from '../clustering/class-correspondence.ts';
import { contingency } from '../information/information.ts';

const ABSENT = -1;

/** Labels of one edge before and after, and how sure those after are. */
export interface Relabelled {
  before: Int16Array;
  after: Int16Array;
  /** Probability that the label after is wrong; NaN where the edge is absent. */
  uncertainty: Float32Array;
}

/**
 * Pixels that were corrected, according to the later model: over the pixels whose labels changed, the probability that
 * all labels after are right minus the probability that all before were. For a changed label, the earlier one is right
 * with at most the uncertainty of the later one. Classes of the two models stand for each other by the pixels that they
 * share.
 * @param pixels that were exposed again
 */
export function achievedGain(edges: readonly Relabelled[], pixels: readonly number[]): number {
  const known = edges.map((edge) => ({ ...edge, counterpart: counterpartsOf(edge) }));
  let gain = 0;
  for (const pixel of pixels) {
    let [after, before] = [1, 1];
    for (const edge of known) {
      const [was, is] = [edge.before[pixel], edge.after[pixel]];
      // Not measured before or after: no contribution.
      if (is < ABSENT) continue;
      const wrong = edge.uncertainty[pixel];
      const doubt = Number.isNaN(wrong) ? 0 : wrong;
      after *= 1 - doubt;
      before *= was >= ABSENT && edge.counterpart.get(was) === is ? 1 - doubt : doubt;
    }
    gain += after - before;
  }
  return gain;
}

/** Label after that stands for each one before. */
function counterpartsOf({ before, after }: Relabelled): Map<number, number> {
  const classes = (labels: Int16Array) => labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const { matches } = classCorrespondence(contingency(before, after), [classes(before), classes(after)]);
  return new Map([[ABSENT, ABSENT], ...matches.map(({ a, b }) => [a, b] as const)]);
}
