import { PLAN_TERMS, type PlanRequest } from '../../../protocol/index.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import type { PlanInput } from '../../../server/analysis/plan/plan-input.ts';
import { pixelValues, planRescan } from '../../../server/analysis/plan/plan-rescan.ts';
import type { PresentPixels } from '../../../server/pipeline/fit/edge-classes.ts';
import { dwellsIn } from './fixed-model.ts';

/** Dwells that each pixel gets in addition. */
export type Spending = (pixel: number) => number;

const STEP = 4;

/** The same dose spent in several ways: everywhere alike, in pixels at random, and by a plan. */
export function spendings(
  input: PlanInput,
  extra: number,
  seed: number,
): Record<'uniform' | 'random' | 'plan', Spending> {
  const n = input.exposure.length;
  const budget = Math.floor(extra * n);
  const random = createRandom(seed + 9);
  const shuffled = Array.from({ length: n }, (_, pixel) => ({ pixel, at: random() }))
    .sort((a, b) => a.at - b.at)
    .slice(0, Math.floor(budget / STEP))
    .map(({ pixel }) => pixel);
  const atRandom = new Set(shuffled);
  const request: PlanRequest = { budget: { unit: 'pixels', value: budget }, terms: PLAN_TERMS };
  const plan = planRescan(pixelValues(input), input, request);
  return {
    uniform: () => extra,
    random: (pixel) => (atRandom.has(pixel) ? STEP : 0),
    plan: dwellsIn(plan.regions, input.shape[1]),
  };
}

/**
 * How pixels of unequal dwells are weighed: as the product does, as if classes did not scatter at all, and as if dwells did not
 * count.
 */
export const WEIGHINGS = ['product', 'by dwells', 'alike'] as const;
export type Weighing = (typeof WEIGHINGS)[number];

/** Pixels that the product's own search for classes weighs in that way. */
export function weighed(
  { exposures, precisions, ...pixels }: PresentPixels,
  weighing: Weighing,
): PresentPixels {
  if (!exposures) return { ...pixels, precisions };
  if (weighing === 'product') return { ...pixels, precisions, exposures };
  if (weighing === 'by dwells') return { ...pixels, precisions };
  return { ...pixels, precisions: precisions.map((precision, p) => precision / exposures[p]) };
}
