import { evenExposure } from '../../../server/formats/reading/exposure.ts';
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
import { type Spending, spendings, type Weighing, weighed } from './learn-again.ts';

const CLASSES = 6;

/**
 * ARI of classes that the product finds in the joint scores of all edges: of the first pass, and learnt again after the same dose
 * was spent in several ways.
 */
export function learntCase(seed: number, dose: number, extra = 0.25): Record<string, number> {
  const phantom = rescanPhantom({ seed, dose });
  const truth = Array.from(phantom.truth);
  const first = exposed(phantom, () => 1, seed + 100);
  const ones = new Float32Array(truth.length).fill(1);
  // Even exposures are left out as in the product, which then looks for the least sum of squares; given all the same, the search is by likelihood.
  const scored = (
    counts: Float64Array[],
    exposure: Float32Array,
    exposures = evenExposure(exposure) === undefined ? exposure : undefined,
  ) => {
    const basis = jointBasis(counts, exposure, true);
    const scores = jointScores(counts, exposure, basis);
    const variances = jointVariances(counts, exposure, basis);
    const pixels = {
      scores,
      dimension: DIMENSION,
      precisions: variances.map((variance) => 1 / variance),
      neighbours: new Uint16Array(0),
      ...(exposures && { exposures }),
    };
    const options = { classes: CLASSES, classesIn: 'scores', seed: 1, alike: false } as const;
    const centres = (weighing: Weighing) => findClasses(weighed(pixels, weighing), options).centres;
    const ari = (weighing: Weighing) =>
      adjustedRandIndex(Array.from(labelsIn(scores, { centres: centres(weighing) })), truth);
    return { scores, variances, centres, ari };
  };
  const start = scored(first, ones);
  const model = modelOf(start.centres('product'), start.scores, start.variances);
  const input = jointInput(phantom.shape, ones, start.scores, start.variances, model);
  const { uniform, random, plan } = spendings(input, extra, seed);
  const after = (dwells: Spending, byLikelihood = false) => {
    const exposure = ones.map((value, pixel) => value + dwells(pixel));
    return scored(exposed(phantom, dwells, 5, first), exposure, byLikelihood ? exposure : undefined);
  };
  const planned = after(plan);
  return {
    start: start.ari('product'),
    uniform: after(uniform).ari('product'),
    'uniform, the same search': after(uniform, true).ari('product'),
    random: after(random).ari('product'),
    plan: planned.ari('product'),
    'plan, weighed by dwells': planned.ari('by dwells'),
    'plan, weighed alike': planned.ari('alike'),
  };
}
