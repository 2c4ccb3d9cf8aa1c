import { PLAN_TERMS, type PlanRequest } from '../../../protocol/index.ts';
import { pixelValues, planRescan } from '../../../server/analysis/plan/plan-rescan.ts';
import { createRandom } from '../../../server/analysis/random.ts';
import { evenExposure } from '../../../server/formats/exposure.ts';
import { findClasses } from '../../../server/pipeline/fit/edge-classes.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import {
  DIMENSION,
  jointBasis,
  jointInput,
  jointScores,
  jointVariances,
  labelsIn,
  modelOf,
} from '../../support/joint-scores.ts';
import { exposed, rescanPhantom } from '../../support/rescan-phantom.ts';
import { dwellsIn } from './fixed-model.ts';

const CLASSES = 6;

/** How pixels of unequal dwells are weighed. */
const WEIGHINGS = ['product', 'by dwells', 'all alike'] as const;
type Weighing = (typeof WEIGHINGS)[number];

/** ARI of classes learnt anew after the same dose was spent in several ways. */
export interface LearntCase {
  ari: Record<string, number>;
  verdict: string;
}

/**
 * Centres as the product finds them in scores.
 * @param weighing other than the product's: what pixels would weigh if their classes did not scatter at all, or if noise did
 * not count
 */
function centresOf(
  scores: Float32Array,
  variances: Float64Array,
  exposure: Float32Array,
  weighing: Weighing,
): Float64Array {
  const precisions = variances.map(
    (variance, pixel) => 1 / variance / (weighing === 'all alike' ? exposure[pixel] : 1),
  );
  const isEven = evenExposure(exposure) !== undefined;
  const exposures = weighing === 'product' && !isEven && { exposures: exposure };
  const pixels = { scores, dimension: DIMENSION, precisions, neighbours: new Uint16Array(0), ...exposures };
  return findClasses(pixels, { classes: CLASSES, classesIn: 'scores', seed: 1, alike: false }).centres;
}

/** A model that is learnt from the first pass, and again after 25 % more. */
export function learntCase(seed: number, dose: number, extra = 0.25): LearntCase {
  const phantom = rescanPhantom({ seed, dose });
  const n = phantom.truth.length;
  const truth = Array.from(phantom.truth);
  const first = exposed(phantom, () => 1, seed + 100);
  const ones = new Float32Array(n).fill(1);
  const scored = (counts: Float64Array[], exposure: Float32Array) => {
    const basis = jointBasis(counts, exposure, true);
    return {
      scores: jointScores(counts, exposure, basis),
      variances: jointVariances(counts, exposure, basis),
    };
  };
  const start = scored(first, ones);
  const model = modelOf(
    centresOf(start.scores, start.variances, ones, 'product'),
    start.scores,
    start.variances,
  );
  const input = jointInput(phantom.shape, ones, start.scores, start.variances, model);
  const values = pixelValues(input);
  const budget = Math.floor(extra * n);
  const ari = (scores: Float32Array, centres: Float64Array) =>
    adjustedRandIndex(Array.from(labelsIn(scores, { centres })), truth);
  const after = (dwells: (pixel: number) => number): Record<Weighing, number> => {
    const exposure = ones.map((value, pixel) => value + dwells(pixel));
    const { scores, variances } = scored(exposed(phantom, dwells, 5, first), exposure);
    const by = (weighing: Weighing) => ari(scores, centresOf(scores, variances, exposure, weighing));
    return { product: by('product'), 'by dwells': by('by dwells'), 'all alike': by('all alike') };
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
  const planned = after(dwellsIn(plan.regions, phantom.shape[1]));
  return {
    verdict: plan.verdict,
    ari: {
      start: ari(start.scores, model.centres),
      uniform: after(() => extra).product,
      random: after((pixel) => (atRandom.has(pixel) ? 4 : 0)).product,
      plan: planned.product,
      'plan, weighed by dwells': planned['by dwells'],
      'plan, weighed alike': planned['all alike'],
    },
  };
}
