import { settledness } from '../../../server/analysis/plan/plan-rescan.ts';
import {
  jointBasis,
  jointInput,
  jointScores,
  jointVariances,
  labelsIn,
  modelOf,
  trueCentres,
} from '../../support/joint-scores.ts';
import { exposed, rescanPhantom } from '../../support/rescan-phantom.ts';

/** What was said of the labels that the rest of a pass changes, and what came of it. */
export interface SettledCase {
  dose: number;
  rest: number;
  said: number;
  changed: number;
  mayStop: boolean;
}

/** A further pass runs; a part of it is still to come. The model stays what it is. */
export function settledCases(seed: number, dose: number): SettledCase[] {
  const phantom = rescanPhantom({ seed, dose });
  const n = phantom.truth.length;
  const ones = new Float32Array(n).fill(1);
  const first = exposed(phantom, () => 1, seed + 100);
  const basis = jointBasis(first, ones);
  const clean = jointScores(phantom.expected, ones, basis);
  const scores = jointScores(first, ones, basis);
  const variances = jointVariances(first, ones, basis);
  const model = modelOf(trueCentres(clean, phantom.truth, 6), scores, variances);
  const before = labelsIn(scores, model);
  const { edges, ...scan } = jointInput(phantom.shape, ones, scores, variances, model);
  const input = { ...scan, edges: edges.slice(0, 1) };
  return [0.5, 1].map((rest) => {
    const counts = exposed(phantom, () => rest, seed + 300, first);
    const after = labelsIn(jointScores(counts, new Float32Array(n).fill(1 + rest), basis), model);
    const changed = after.reduce((sum, label, p) => sum + (label === before[p] ? 0 : 1), 0) / n;
    const { remaining = Number.NaN, mayStop } = settledness(input, new Float32Array(n).fill(rest));
    return { dose, rest, said: remaining, changed, mayStop };
  });
}
