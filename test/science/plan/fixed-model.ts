import { PLAN_TERMS, type PlanRectangle, type PlanRequest } from '../../../protocol/index.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import { chooseRegions } from '../../../server/analysis/plan/choose-regions.ts';
import { SummedLayer } from '../../../server/analysis/plan/gain-layers.ts';
import { DWELLS } from '../../../server/analysis/plan/plan-input.ts';
import { pixelValues, planRescan } from '../../../server/analysis/plan/plan-rescan.ts';
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

/** Dwells that single pixels are given, as in the reference. */
const STEP = 4;

/** What came of spending a dose in one way. */
export interface Outcome {
  /** Pixels right afterwards less those right before. */
  gain: number;
  /** Gain as planned. */
  predicted?: number;
}

/** One rectangle of a plan with what it promised and what it brought. */
export interface RegionOutcome {
  predicted: number;
  achieved: number;
  cost: number;
}

export interface FixedCase {
  start: number;
  pixels: number;
  outcomes: Record<string, Outcome>;
  regions: RegionOutcome[];
  verdict: string;
  wrong: number;
  stated: number;
}

/**
 * A model that stays what it is: true centres, and labels by the nearest one. First pass of a dose, and 25 % more spent in
 * several ways. Right is the label that the pixel has without noise.
 */
export function fixedCase(seed: number, dose: number, extra = 0.25): FixedCase {
  const phantom = rescanPhantom({ seed, dose });
  const n = phantom.truth.length;
  const first = exposed(phantom, () => 1, seed + 100);
  const exposure = new Float32Array(n).fill(1);
  const basis = jointBasis(first, exposure);
  const clean = jointScores(phantom.expected, exposure, basis);
  const scores = jointScores(first, exposure, basis);
  const variances = jointVariances(first, exposure, basis);
  const model = modelOf(trueCentres(clean, phantom.truth, 6), scores, variances);
  const input = jointInput(phantom.shape, exposure, scores, variances, model);
  const right = labelsIn(clean, model);
  const before = labelsIn(scores, model);
  const isRight = (labels: Int16Array) =>
    labels.reduce((sum, label, p) => sum + (label === right[p] ? 1 : 0), 0);
  const start = isRight(before);
  const spend = (dwells: (pixel: number) => number, draw = 5): Int16Array => {
    const counts = exposed(phantom, dwells, draw, first);
    const after = exposure.map((value, pixel) => value + dwells(pixel));
    return labelsIn(jointScores(counts, after, basis), model);
  };
  const values = pixelValues(input);
  const budget = Math.floor(extra * n);
  const pick = (score: (pixel: number) => number): ((pixel: number) => number) => {
    const order = [...exposure.keys()]
      .sort((a, b) => score(b) - score(a))
      .slice(0, Math.floor(budget / STEP));
    const chosen = new Set(order);
    return (pixel) => (chosen.has(pixel) ? STEP : 0);
  };
  const random = createRandom(seed + 9);
  const noise = Float64Array.from({ length: n }, () => random());
  const step = values.gains.find(({ dwells }) => dwells === STEP);
  const worth = (pixel: number) => step?.classes[pixel] ?? 0;
  const ways: Record<string, (pixel: number) => number> = {
    oracle: pick((pixel) => (before[pixel] !== right[pixel] ? 1 : 0) + 1e-3 * worth(pixel)),
    pixels: pick(worth),
    uniform: () => extra,
    random: pick((pixel) => noise[pixel]),
  };
  const outcomes: FixedCase['outcomes'] = {};
  for (const [name, dwells] of Object.entries(ways))
    outcomes[name] = { gain: isRight(spend(dwells)) - start };
  let regions: RegionOutcome[] = [];
  let verdict = '';
  for (const [name, terms, most] of [
    ['8 regions', ['classes', 'presence'], 8],
    ['32 regions', ['classes', 'presence'], 32],
    ['75/25', PLAN_TERMS, 8],
  ] as const) {
    const request: PlanRequest = { budget: { unit: 'pixels', value: budget }, terms };
    const plan = planRescan(values, input, request, [], { most, worth: 0 });
    const labels = spend(dwellsIn(plan.regions, phantom.shape[1]));
    outcomes[name] = { gain: isRight(labels) - start, predicted: plan.gain };
    if (name !== '8 regions') continue;
    verdict = plan.verdict;
    regions = plan.regions.map((region) => ({
      predicted: region.gain,
      achieved: gainWithin(region, before, labels, right, phantom.shape[1]),
      cost: region.height * region.width * region.dwells,
    }));
  }
  const known = DWELLS.map((dwells) => {
    // About what so many dwells put right of the pixels at a border.
    const gain = Float32Array.from(before, (label, pixel) =>
      label !== right[pixel] ? 1 - 0.4 ** dwells : 0,
    );
    return new SummedLayer({ dwells, gain }, phantom.shape);
  });
  const costs = { perDwell: 1, perRow: 0, perRegion: 0 };
  const laid = chooseRegions({ layers: known, shape: phantom.shape, costs, budget, most: 8, taken: [] });
  outcomes['oracle in 8 regions'] = { gain: isRight(spend(dwellsIn(laid, phantom.shape[1]))) - start };
  return {
    start,
    pixels: n,
    outcomes,
    regions,
    verdict,
    wrong: n - start,
    stated: values.wrong.reduce((a, b) => a + b, 0),
  };
}

/** Dwells of every pixel by a plan. */
export function dwellsIn(regions: readonly PlanRectangle[], columns: number): (pixel: number) => number {
  return (pixel) => {
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    let sum = 0;
    for (const { y, x, height, width, dwells } of regions)
      if (row >= y && row < y + height && column >= x && column < x + width) sum += dwells;
    return sum;
  };
}

/** Pixels of a rectangle that were put right. */
export function gainWithin(
  { y, x, height, width }: PlanRectangle,
  before: Int16Array,
  after: Int16Array,
  right: Int16Array,
  columns: number,
): number {
  let gain = 0;
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) {
      const pixel = row * columns + column;
      gain += (after[pixel] === right[pixel] ? 1 : 0) - (before[pixel] === right[pixel] ? 1 : 0);
    }
  return gain;
}
