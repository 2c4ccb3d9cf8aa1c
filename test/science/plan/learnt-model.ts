import { PLAN_TERMS, type PlanRequest } from '../../../protocol/index.ts';
import { pixelValues, planRescan } from '../../../server/analysis/plan/plan-rescan.ts';
import { createRandom } from '../../../server/analysis/random.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import {
  jointBasis,
  jointInput,
  jointScores,
  jointVariances,
  labelsIn,
  learntCentres,
  modelOf,
} from '../../support/joint-scores.ts';
import { exposed, rescanPhantom } from '../../support/rescan-phantom.ts';
import { dwellsIn } from './fixed-model.ts';

const CLASSES = 6;

/** ARI of classes learnt anew after the same dose was spent in several ways. */
export interface LearntCase {
  ari: Record<string, number>;
  verdict: string;
}

/** A model that is learnt from the first pass, and again, weighted by dwells, after 25 % more. */
export function learntCase(seed: number, dose: number, extra = 0.25): LearntCase {
  const phantom = rescanPhantom({ seed, dose });
  const n = phantom.truth.length;
  const truth = Array.from(phantom.truth);
  const first = exposed(phantom, () => 1, seed + 100);
  const ones = new Float32Array(n).fill(1);
  const learnt = (counts: Float64Array[], exposure: Float32Array) => {
    const basis = jointBasis(counts, exposure, true);
    const scores = jointScores(counts, exposure, basis);
    const centres = learntCentres(scores, CLASSES, Float64Array.from(exposure));
    return { basis, scores, model: modelOf(centres, scores, jointVariances(counts, exposure, basis)) };
  };
  const start = learnt(first, ones);
  const input = jointInput(
    phantom.shape,
    ones,
    start.scores,
    jointVariances(first, ones, start.basis),
    start.model,
  );
  const values = pixelValues(input);
  const budget = Math.floor(extra * n);
  const ari = (scores: Float32Array, model: { centres: Float64Array }) =>
    adjustedRandIndex(Array.from(labelsIn(scores, model)), truth);
  const after = (dwells: (pixel: number) => number) => {
    const exposure = ones.map((value, pixel) => value + dwells(pixel));
    const { scores, model } = learnt(exposed(phantom, dwells, 5, first), exposure);
    return ari(scores, model);
  };
  const random = createRandom(seed + 9);
  const shuffled = [...ones.keys()]
    .map((pixel) => ({ pixel, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, Math.floor(budget / 4))
    .map(({ pixel }) => pixel);
  const atRandom = new Set(shuffled);
  const request: PlanRequest = { budget: { unit: 'pixels', value: budget }, terms: PLAN_TERMS };
  const plan = planRescan(values, input, request);
  return {
    verdict: plan.verdict,
    ari: {
      start: ari(start.scores, start.model),
      uniform: after(() => extra),
      random: after((pixel) => (atRandom.has(pixel) ? 4 : 0)),
      plan: after(dwellsIn(plan.regions, phantom.shape[1])),
    },
  };
}
