import type { PlanRectangle } from '../../../protocol/index.ts';
import type { SummedLayer } from './gain-layers.ts';
import { firstRegions, improved } from './improve-regions.ts';
import { type Placed, type SearchSpace, sumOf } from './placed-regions.ts';
import { trimmed } from './trim-regions.ts';

/** A region with what it is expected to gain and what it takes. */
export interface Chosen extends PlanRectangle {
  gain: number;
  cost: number;
}

export interface ChoiceInput extends SearchSpace {
  budget: number;
}

/** Each price is this part of the one before. */
const PRICE_STEP = 0.6;
/** The price is lowered to this part of the highest gain per cost, and to so many pixels corrected by a dwell. */
const LEAST_PRICE = 1e-4;
const LEAST_GAIN = 0.002;
/** So many of the plans that cost more than the budget are trimmed to it. */
const TRIMMED = 2;

/**
 * Rectangles with the largest gain for a budget. At a price λ they maximise gain − λ · cost (Lagrange); λ falls in the
 * same steps for any budget, until the budget is exceeded. Of these plans, and of those that cost too much after they
 * are trimmed, the one that gains most within the budget is taken: a larger budget has all choices of a smaller one, so
 * it never gains less.
 * @returns the most gain for its cost first
 */
export function chooseRegions(input: ChoiceInput): Chosen[] {
  const { budget, most } = input;
  if (most < 1 || !(budget > 0)) return [];
  let best: readonly Placed[] = [];
  let [bestGain, above] = [0, 0];
  const ladder = ladderOf(input);
  for (let at = 0; above < TRIMMED; at++) {
    const step = ladder.at(at);
    if (!step) break;
    const isAbove = step.cost > budget;
    if (isAbove) above++;
    const regions = isAbove ? trimmed(input, step.regions, budget) : step.regions;
    const gain = isAbove ? sumOf(regions, 'gain') : step.gain;
    if (gain > bestGain) [best, bestGain] = [regions, gain];
  }
  return ranked(
    best.map(({ layer, area: { y, x, height, width }, gain, cost }) => ({
      y,
      x,
      height,
      width,
      dwells: layer.dwells,
      gain,
      cost,
    })),
  );
}

export const ranked = <Region extends Chosen>(regions: readonly Region[]): Region[] =>
  [...regions].sort((a, b) => b.gain / b.cost - a.gain / a.cost || a.y - b.y || a.x - b.x);

/** Best regions at a price. */
interface Step {
  regions: Placed[];
  gain: number;
  cost: number;
}

/** Plans at falling prices, computed on demand, each the better of a fresh search and the improved plan before. */
class PriceLadder {
  readonly #space: SearchSpace;
  readonly #steps: Step[] = [];
  #price: number;
  readonly #least: number;

  constructor(space: SearchSpace) {
    this.#space = space;
    const { layers, costs } = space;
    let high = 0;
    for (const { tiles, dwells, tileSize } of layers)
      for (const gain of tiles) high = Math.max(high, gain / (dwells * costs.perDwell * tileSize ** 2));
    // At tiles' borders single pixels gain more than the mean.
    this.#price = 4 * high;
    this.#least = Math.max(LEAST_PRICE * high, LEAST_GAIN / costs.perDwell);
  }

  /** Undefined beyond the least price. */
  at(index: number): Step | undefined {
    while (this.#steps.length <= index && this.#price >= this.#least) {
      this.#steps.push(this.#next());
      this.#price *= PRICE_STEP;
    }
    return this.#steps[index];
  }

  #next(): Step {
    const price = this.#price;
    const worth = ({ gain, cost }: Step) => gain - price * cost;
    const fresh = stepOf(firstRegions(this.#space, price));
    const before = this.#steps.at(-1);
    if (!before || before.regions.length === 0) return fresh;
    const moved = stepOf(improved(this.#space, before.regions, price));
    return worth(moved) > worth(fresh) ? moved : fresh;
  }
}

const stepOf = (regions: Placed[]): Step => ({
  regions,
  gain: sumOf(regions, 'gain'),
  cost: sumOf(regions, 'cost'),
});

/** Cache: another budget uses the same ladder. */
const KNOWN = new WeakMap<readonly SummedLayer[], Map<string, PriceLadder>>();

function ladderOf({ layers, shape, costs, most, taken }: ChoiceInput): PriceLadder {
  const known = KNOWN.get(layers) ?? new Map<string, PriceLadder>();
  KNOWN.set(layers, known);
  const key = JSON.stringify([costs, most, taken.map(({ y, x, height, width }) => [y, x, height, width])]);
  const ladder = known.get(key) ?? new PriceLadder({ layers, shape, costs, most, taken: [...taken] });
  // Kept small: each budget may have other fixed regions.
  if (known.size > 8) known.clear();
  known.set(key, ladder);
  return ladder;
}
