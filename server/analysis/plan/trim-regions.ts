import { type Ground, type Placed, placed, sumOf, withSide } from './placed-regions.ts';

/**
 * Regions made smaller until a budget is enough for them: the row or column at a side, the dwells or the region that gains
 * least for what it takes goes first.
 */
export function trimmed(ground: Ground, from: readonly Placed[], budget: number): Placed[] {
  const regions = [...from];
  let cost = sumOf(regions, 'cost');
  const cheapest = regions.map((region) => cheapestCut(ground, region, regions.length > 1));
  while (cost > budget && regions.length > 0) {
    let at = 0;
    for (let i = 1; i < regions.length; i++) if (cheapest[i].rate < cheapest[at].rate) at = i;
    const { rest } = cheapest[at];
    cost -= regions[at].cost - (rest?.cost ?? 0);
    if (rest) {
      regions[at] = rest;
      cheapest[at] = cheapestCut(ground, rest, regions.length > 1);
    } else {
      regions.splice(at, 1);
      cheapest.splice(at, 1);
      // The last one is made as small as it takes.
      if (regions.length === 1) cheapest[0] = cheapestCut(ground, regions[0], false);
    }
  }
  return sumOf(regions, 'cost') <= budget ? regions : [];
}

/** Rows or columns that are cut off at once: few of a small region. */
const stripOf = ({ area }: Placed, side: number): number =>
  Math.max(1, (side < 2 ? area.height : area.width) >> 5);

interface Cut {
  /** Gain lost for what it saves. */
  rate: number;
  /** Undefined where nothing is left. */
  rest: Placed | undefined;
}

function cheapestCut(ground: Ground, region: Placed, mayGo: boolean): Cut {
  const whole = mayGo ? region.gain / region.cost : Number.POSITIVE_INFINITY;
  let best: Cut = { rate: whole, rest: undefined };
  const consider = (rest: Placed | undefined) => {
    if (!rest || !(rest.gain > 0) || rest.cost >= region.cost) return;
    const rate = (region.gain - rest.gain) / (region.cost - rest.cost);
    // Of a region with even gain a side goes before the whole.
    if (rate <= best.rate) best = { rate, rest };
  };
  const fewer = ground.layers.filter(({ dwells }) => dwells < region.layer.dwells).at(-1);
  if (fewer) consider(placed(ground, fewer, region.area, []));
  for (let side = 0; side < 4; side++)
    consider(placed(ground, region.layer, withSide(region.area, side, -stripOf(region, side)), []));
  return best;
}
