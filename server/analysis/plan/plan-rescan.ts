import {
  ABSENT,
  type Plan,
  type PlanRectangle,
  type PlanRegion,
  type PlanRequest,
} from '../../../protocol/index.ts';
import { type ChoiceInput, type Chosen, chooseRegions, ranked } from './choose-regions.ts';
import { type Costs, costOfRectangle, type GainLayer, SummedLayer } from './gain-layers.ts';
import type { PixelValues } from './pixel-values.ts';
import {
  DWELLS,
  isAllowed,
  MISSING,
  NOVELTY_DWELLS,
  type PlanInput,
  SATURATED_DWELLS,
} from './plan-input.ts';
import { reasonFor } from './region-reason.ts';
import { type Area, SummedArea } from './summed-area.ts';

export { type PixelValues, pixelValues } from './pixel-values.ts';
export type { PlanEdge, PlanInput } from './plan-input.ts';
export { settledness } from './settledness.ts';

/** Most regions of a plan: as many as one looks at. */
export const MOST_REGIONS = 8;
/** Part of the budget that is for novelty. */
const NOVELTY_QUOTA = 0.25;
/** A plan is worth its dose when it puts right this part of the pixels. */
const WORTH_SHARE = 0.005;
/** A plan takes the place of the one before when it gains this much more. */
const BETTER = 1.1;

/** A plan as numbers; regions have no numbers yet. */
export type PlannedRescan = Pick<Plan, 'verdict' | 'words' | 'cost' | 'gain' | 'wrong'> & {
  regions: Omit<PlanRegion, 'number'>[];
};

/** Most regions, and the part of the pixels that a plan puts right at least; the defaults are those of plans on screen. */
export interface PlanLimits {
  most?: number;
  worth?: number;
}

/** A chosen region; `score` is its gain, with novelty counted. */
type Scored = Chosen & { score: number };

/**
 * The rectangles that are worth a budget most: missing pixels before all, a quarter of the rest for what is novel, and what
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
  const wrong = values.wrong.reduce((sum, value) => sum + value, 0);
  const nothing = { regions: [], cost: { pixelDwells: 0, percent: 0 }, gain: 0, wrong };
  const judged = input.edges.some(({ labels }) => labels.some((label) => label >= ABSENT));
  if (!judged) return { ...nothing, verdict: 'too-early', words: 'There is no model yet to tell by' };
  const kinds = layersFor(values, input, request);
  const chosen = steady(kinds, chosenFor(kinds, input, costs, budget, most), previous, costs, budget);
  const gain = chosen.reduce((sum, region) => sum + region.gain, 0);
  const measured = input.exposure.reduce((sum, dwells) => sum + (dwells > 0 ? 1 : 0), 0);
  const share = gain / Math.max(measured, 1);
  const isUrgent = chosen.some((region) => region.score > region.gain) || kinds.hasMissing(chosen);
  if (chosen.length === 0 || (share < worth && !isUrgent))
    return { ...nothing, verdict: 'no-rescan', words: noRescanWords(gain, wrong, measured) };
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

/** Gain, time and reason of rectangles that were drawn by hand. */
export function judgeRectangles(
  values: PixelValues,
  input: PlanInput,
  rectangles: readonly PlanRectangle[],
  terms: PlanRequest['terms'],
): Omit<PlanRegion, 'number'>[] {
  return rectangles.map((rectangle) => ({
    ...rectangle,
    ...secondsOf(rectangle, input),
    gain: gainAt(values, rectangle, input, terms),
    reason: reasonFor(rectangle, values, input, terms),
  }));
}

/** Gain of a rectangle at any number of dwells: between those that are known it grows evenly with the logarithm. */
function gainAt(
  values: PixelValues,
  { dwells, ...area }: PlanRectangle,
  input: PlanInput,
  terms: PlanRequest['terms'],
) {
  const at = DWELLS.findIndex((known) => known >= dwells);
  const upper = at < 0 ? DWELLS.length - 1 : at;
  const gains = [upper - 1, upper].map((index) =>
    index < 0
      ? 0
      : new SummedLayer({ dwells: 1, gain: termGain(values, index, terms) }, input.shape).gainOf(area),
  );
  if (upper === 0) return gains[1] * Math.min(dwells / DWELLS[0], 1);
  const part = Math.min(Math.max(Math.log2(dwells / DWELLS[upper - 1]), 0), 1);
  return gains[0] + (gains[1] - gains[0]) * part;
}

function termGain({ gains }: PixelValues, index: number, terms: PlanRequest['terms']): Float32Array {
  const { classes, presence } = gains[index];
  const [byClass, byPresence] = [terms.includes('classes'), terms.includes('presence')];
  return classes.map((gain, pixel) => (byClass ? gain : 0) + (byPresence ? presence[pixel] : 0));
}

/** What a budget is in, and how much of it there is. */
function costsOf(
  { shape, timing, doseRate }: PlanInput,
  { budget }: PlanRequest,
): { costs: Costs; budget: number } {
  const pixels = shape[0] * shape[1];
  const dwells = { perDwell: 1, perRow: 0, perRegion: 0 };
  if (budget.unit === 'pixels') return { costs: dwells, budget: budget.value };
  if (budget.unit === 'dose')
    return { costs: dwells, budget: doseRate ? (budget.value * pixels) / doseRate : 0 };
  if (!timing)
    return { costs: dwells, budget: budget.unit === 'percent' ? (budget.value / 100) * pixels : 0 };
  const { dwellSeconds, flybackSeconds, setupSeconds } = timing;
  return {
    costs: { perDwell: dwellSeconds, perRow: flybackSeconds, perRegion: setupSeconds },
    budget: budget.unit === 'seconds' ? budget.value : (budget.value / 100) * pixels * dwellSeconds,
  };
}

/** What regions are chosen by. */
interface Kinds {
  missing: SummedLayer[];
  novelty: SummedLayer[];
  /** Class and presence. */
  doubt: SummedLayer[];
  hasMissing(regions: readonly Area[]): boolean;
  hasNovel(region: Area): boolean;
}

/** Layers by the values and terms they are for: another budget asks for the same. */
const KNOWN = new WeakMap<PixelValues, Map<string, Kinds>>();

function layersFor(values: PixelValues, input: PlanInput, request: PlanRequest): Kinds {
  const known = KNOWN.get(values) ?? new Map<string, Kinds>();
  KNOWN.set(values, known);
  const terms = [...request.terms].sort().join();
  const kinds = known.get(terms) ?? layersOf(values, input, request);
  known.set(terms, kinds);
  return kinds;
}

function layersOf(values: PixelValues, input: PlanInput, { terms }: PlanRequest): Kinds {
  const { shape, missing } = input;
  const layer = (dwells: number, gain: Float32Array): SummedLayer => {
    const forbidden = forbiddenAt(input, dwells);
    const one: GainLayer = { dwells, gain, ...(forbidden && { forbidden }) };
    return new SummedLayer(one, shape);
  };
  const lacking = (faults: readonly number[]) =>
    Float32Array.from(missing, (fault) => (faults.includes(fault) ? values.missingGain : 0));
  const noveltyLayers = () => {
    const worth = grown(values.novel, shape);
    return DWELLS.filter((dwells) => dwells <= NOVELTY_DWELLS).map((dwells) =>
      layer(
        dwells,
        worth.map((value) => value * noveltyShare(dwells)),
      ),
    );
  };
  const kinds = {
    missing:
      terms.includes('missing') && missing.some((fault) => fault > 0)
        ? [
            layer(1, lacking([MISSING.lost, MISSING.masked])),
            layer(SATURATED_DWELLS, lacking([MISSING.saturated])),
          ]
        : [],
    novelty: terms.includes('novelty') && values.novel.some((worth) => worth > 0) ? noveltyLayers() : [],
    doubt:
      terms.includes('classes') || terms.includes('presence')
        ? DWELLS.map((dwells, index) => layer(dwells, termGain(values, index, terms)))
        : [],
  };
  const hasMissing = (regions: readonly Area[]) =>
    regions.some((region) => kinds.missing.some((one) => one.gainOf(region) > 0));
  const novel = new SummedArea(values.novel, shape);
  return { ...kinds, hasMissing, hasNovel: (region) => novel.of(region) > 0 };
}

/** What is learnt of a novel pixel by so many dwells: each halves what is left to learn. */
const noveltyShare = (dwells: number): number => 1 - 2 ** -dwells;

/** A novel pixel's neighbours are worth half of it: where its phase ends is not known. */
function grown(novel: Float32Array, [rows, columns]: readonly [number, number]): Float32Array {
  const worth = novel.slice();
  for (let pixel = 0; pixel < novel.length; pixel++) {
    if (!(novel[pixel] > 0)) continue;
    const [row, column] = [Math.floor(pixel / columns), pixel % columns];
    for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, rows - 1); y++)
      for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, columns - 1); x++)
        worth[y * columns + x] = Math.max(worth[y * columns + x], novel[pixel] / 2);
  }
  return worth;
}

function forbiddenAt(input: PlanInput, dwells: number): Uint8Array | undefined {
  if (input.doseRate === undefined || input.doseLimit === undefined) return undefined;
  return Uint8Array.from(input.exposure, (exposure) => (isAllowed(input, exposure, dwells) ? 0 : 1));
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
  // What nothing else is worth is for novelty, too.
  add(kinds.novelty, 1, most);
  return chosen;
}

/** What a region gains beyond others: pixels put right, and as its score with novelty. */
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

function secondsOf({ height, width, dwells }: PlanRectangle, { timing }: PlanInput): { seconds?: number } {
  if (!timing) return {};
  const { dwellSeconds, flybackSeconds, setupSeconds } = timing;
  return { seconds: height * width * dwells * dwellSeconds + height * flybackSeconds + setupSeconds };
}

/** As a share of the first pass's time, or of its pixel-dwells where no time is known. */
function totalCost(
  regions: readonly PlannedRescan['regions'][number][],
  { shape, timing }: PlanInput,
): Plan['cost'] {
  const pixelDwells = regions.reduce((sum, { height, width, dwells }) => sum + height * width * dwells, 0);
  const pixels = shape[0] * shape[1];
  if (!timing) return { pixelDwells, percent: (100 * pixelDwells) / pixels };
  const seconds = regions.reduce((sum, region) => sum + (region.seconds ?? 0), 0);
  return { pixelDwells, seconds, percent: (100 * seconds) / (pixels * timing.dwellSeconds) };
}

const rescanWords = (gain: number, wrong: number, regions: number): string =>
  `${regions} ${regions === 1 ? 'region puts' : 'regions put'} right about ${Math.round(gain)} of ${Math.round(wrong)} pixels that are likely wrong`;

function noRescanWords(gain: number, wrong: number, pixels: number): string {
  const percent = (value: number) => `${((100 * value) / Math.max(pixels, 1)).toFixed(1)} %`;
  return `No rescan is worth its dose: the best one would put right ${percent(gain)} of the pixels, of which ${percent(wrong)} are likely wrong`;
}
