import { type Placed, placed, type SearchSpace, sumOf, withSide } from './placed-regions.ts';

/**
 * Shrinks regions to a budget: the border row or column, the dwells or the region with the least gain per cost goes
 * first.
 */
export function trimmed(space: SearchSpace, from: readonly Placed[], budget: number): Placed[] {
  const regions = [...from];
  let cost = sumOf(regions, 'cost');
  const cheapest = regions.map((region) => cheapestCut(space, region, regions.length > 1));
  while (cost > budget && regions.length > 0) {
    let at = 0;
    for (let i = 1; i < regions.length; i++) if (cheapest[i].rate < cheapest[at].rate) at = i;
    const { rest } = cheapest[at];
    cost -= regions[at].cost - (rest?.cost ?? 0);
    if (rest) {
      regions[at] = rest;
      cheapest[at] = cheapestCut(space, rest, regions.length > 1);
    } else {
      regions.splice(at, 1);
      cheapest.splice(at, 1);
      // The last region is shrunk as far as needed.
      if (regions.length === 1) cheapest[0] = cheapestCut(space, regions[0], false);
    }
  }
  return sumOf(regions, 'cost') <= budget ? regions : [];
}

/** Rows or columns that are cut off at once: few of a small region. */
const stripOf = ({ area }: Placed, side: number): number =>
  Math.max(1, (side < 2 ? area.height : area.width) >> 5);

interface Cut {
  /** Gain lost per cost saved. */
  rate: number;
  /** Undefined where nothing is left. */
  rest: Placed | undefined;
}

function cheapestCut(space: SearchSpace, region: Placed, mayGo: boolean): Cut {
  const whole = mayGo ? region.gain / region.cost : Number.POSITIVE_INFINITY;
  let best: Cut = { rate: whole, rest: undefined };
  const consider = (rest: Placed | undefined) => {
    if (!rest || !(rest.gain > 0) || rest.cost >= region.cost) return;
    const rate = (region.gain - rest.gain) / (region.cost - rest.cost);
    // On ties a side is cut rather than the whole region.
    if (rate <= best.rate) best = { rate, rest };
  };
  const fewer = space.layers.filter(({ dwells }) => dwells < region.layer.dwells).at(-1);
  if (fewer) consider(placed(space, fewer, region.area, []));
  for (let side = 0; side < 4; side++)
    consider(placed(space, region.layer, withSide(region.area, side, -stripOf(region, side)), []));
  return best;
}
