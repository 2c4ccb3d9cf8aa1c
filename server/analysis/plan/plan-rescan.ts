import {
  ABSENT,
  type JudgedRegion,
  type Plan,
  type PlanRectangle,
  type PlanRequest,
} from '../../../protocol/index.ts';
import { type ChoiceInput, type Chosen, chooseRegions, ranked } from './choose-regions.ts';
import { type Costs, costOfRectangle, type SummedLayer } from './gain-layers.ts';
import type { PixelValues } from './pixel-values.ts';
import { costsOf, secondsOf, totalCost } from './plan-costs.ts';
import type { PlanInput } from './plan-input.ts';
import { type Kinds, layersFor } from './plan-layers.ts';
import { noRescanWords, overBudgetWords, rescanWords } from './plan-words.ts';
import { reasonFor } from './region-reason.ts';
import type { Area } from './summed-area.ts';

export { judgeRectangles } from './judge-rectangles.ts';
export { type PixelValues, pixelValues } from './pixel-values.ts';
export type { PlanEdge, PlanInput } from './plan-input.ts';
export { settledness } from './settledness.ts';

/** Most regions of a plan: as many as a user can review. */
export const MOST_REGIONS = 8;
/** Part of the budget that is for novelty. */
const NOVELTY_QUOTA = 0.25;
/** A plan is worth its dose when it corrects this part of the pixels. */
const WORTH_SHARE = 0.005;
/** A plan takes the place of the one before when it gains this much more. */
const BETTER = 1.1;

/** A plan as numbers; regions have no numbers yet. */
export type PlannedRescan = Pick<Plan, 'verdict' | 'words' | 'cost' | 'gain' | 'wrong'> & {
  regions: JudgedRegion[];
};

/**
 * Most regions, and the part of the pixels that a plan corrects at least; the defaults are those of plans on screen.
 */
export interface PlanLimits {
  most?: number;
  worth?: number;
}

/** A chosen region; `score` is its gain, with novelty counted. */
type Scored = Chosen & { score: number };

/**
 * The rectangles that are worth a budget most: missing pixels first, a quarter of the rest for what is novel, and what
 * remains for class and presence by gain per cost.
 * @param previous regions on screen; they stay as long as others gain less than a tenth more
 */
export function planRescan(
  values: PixelValues,
  input: PlanInput,
  request: PlanRequest,
  previous: readonly PlanRectangle[] = [],
  { most = MOST_REGIONS, worth = WORTH_SHARE }: PlanLimits = {},
): PlannedRescan {
  const { costs, budget } = costsOf(input, request);
  let wrong = 0;
  for (const value of values.wrong) wrong += value;
  const nothing = { regions: [], cost: { pixelDwells: 0, percent: 0 }, gain: 0, wrong };
  const judged = input.edges.some(({ labels }) => labels.some((label) => label >= ABSENT));
  if (!judged) return { ...nothing, verdict: 'too-early', words: 'There is no model yet to plan by' };
  const kinds = layersFor(values, input, request);
  const chosen = steady(kinds, chosenFor(kinds, input, costs, budget, most), previous, costs, budget);
  const gain = chosen.reduce((sum, region) => sum + region.gain, 0);
  let measured = 0;
  for (const dwells of input.exposure) if (dwells > 0) measured++;
  const share = gain / Math.max(measured, 1);
  const isUrgent = chosen.some((region) => region.score > region.gain) || kinds.hasMissing(chosen);
  if (chosen.length === 0 || (share < worth && !isUrgent)) {
    const overBudget = overBudgetWords(
      request.budget,
      budget,
      costs,
      wrong < worth * measured ? undefined : share,
    );
    const words = overBudget ?? noRescanWords(gain, wrong, measured);
    return { ...nothing, verdict: 'no-rescan', words };
  }
  const regions = ranked(chosen).map(({ y, x, height, width, dwells, gain }) => {
    const rectangle = { y, x, height, width, dwells };
    return {
      ...rectangle,
      ...secondsOf(rectangle, input),
      gain,
      reason: reasonFor(rectangle, values, input, request.terms),
    };
  });
  return {
    verdict: 'rescan',
    words: rescanWords(gain, wrong, regions.length),
    regions,
    cost: totalCost(regions, input),
    gain,
    wrong,
  };
}

function chosenFor(kinds: Kinds, input: PlanInput, costs: Costs, budget: number, most: number): Scored[] {
  const chosen: Scored[] = [];
  let left = budget;
  const add = (layers: SummedLayer[], share: number, regions: number) => {
    if (layers.length === 0) return;
    const choice: ChoiceInput = {
      layers,
      shape: input.shape,
      costs,
      budget: left * share,
      most: Math.min(regions, most - chosen.length),
      taken: chosen,
    };
    for (const region of chooseRegions(choice)) {
      // Neighbours of novel pixels are nothing on their own.
      if (layers === kinds.novelty && !kinds.hasNovel(region)) continue;
      chosen.push(scored(kinds, region, chosen));
      left -= region.cost;
    }
  };
  add(kinds.missing, 1, most);
  add(kinds.novelty, NOVELTY_QUOTA, Math.max(1, Math.ceil(most * NOVELTY_QUOTA)));
  add(kinds.doubt, 1, most);
  // Budget without another use goes to novelty, too.
  add(kinds.novelty, 1, most);
  return chosen;
}

/** Gain of a region beyond others: expected corrected pixels, and the score with novelty. */
function scored(kinds: Kinds, region: Chosen, others: readonly Area[]): Scored {
  const of = (layers: readonly SummedLayer[]) =>
    layers.find(({ dwells }) => dwells === region.dwells)?.gainBeyond(region, others) ?? 0;
  const gain = of(kinds.doubt) + of(kinds.missing);
  return { ...region, gain, score: gain + of(kinds.novelty) };
}

/** The regions before where they still fit, unless the new ones gain clearly more. */
function steady(
  kinds: Kinds,
  fresh: Scored[],
  previous: readonly PlanRectangle[],
  costs: Costs,
  budget: number,
): Scored[] {
  const kept: Scored[] = [];
  const all = [...kinds.missing, ...kinds.novelty, ...kinds.doubt];
  for (const rectangle of previous) {
    const { y, x, height, width, dwells } = rectangle;
    const layers = all.filter((layer) => layer.dwells === dwells);
    if (layers.length === 0 || layers.some((layer) => layer.isForbidden(rectangle))) return fresh;
    const region = { y, x, height, width, dwells, gain: 0, cost: costOfRectangle(rectangle, costs) };
    kept.push(scored(kinds, region, kept));
  }
  const sum = (regions: Scored[], what: 'score' | 'cost') =>
    regions.reduce((total, region) => total + region[what], 0);
  if (kept.length === 0 || sum(kept, 'cost') > budget) return fresh;
  return sum(fresh, 'score') < BETTER * sum(kept, 'score') ? kept : fresh;
}
