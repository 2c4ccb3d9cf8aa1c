import type { PlanRectangle } from '../../../protocol/index.ts';
import { bestRectangle } from './best-rectangle.ts';
import { type Costs, costOfRectangle, type SummedLayer } from './gain-layers.ts';
import { type Area, sharedArea } from './summed-area.ts';

/** A region with what it is expected to gain and what it takes. */
export interface Chosen extends PlanRectangle {
  gain: number;
  cost: number;
}

export interface ChoiceInput {
  layers: readonly SummedLayer[];
  /** Rows, columns. */
  shape: readonly [number, number];
  costs: Costs;
  budget: number;
  /** Most regions. */
  most: number;
  /** Regions that are chosen for other reasons: what lies in them is not gained twice. */
  taken: readonly Area[];
}

/** Steps by which the price of exposure is found at which the budget is spent. */
const PRICE_STEPS = 12;
/** Regions that share more than this part of the smaller one are made one. */
const MOST_SHARED = 0.3;
/** The price is searched down to this part of the highest gain per cost, and to so many pixels put right by a dwell. */
const LEAST_PRICE = 1e-4;
const LEAST_GAIN = 0.002;

/**
 * Rectangles that gain most for a budget. Each maximises gain − λ · cost beyond those before it (Lagrange's price λ of the
 * budget); λ is searched until the budget is nearly spent, and is never overspent: what does not fit is made smaller.
 * @returns the most gain for its cost first
 */
export function chooseRegions(input: ChoiceInput): Chosen[] {
  const { layers, costs, budget, most } = input;
  if (most < 1 || !(budget > 0)) return [];
  let high = 0;
  for (const { tiles, dwells, tileSize } of layers)
    for (const gain of tiles) high = Math.max(high, gain / (dwells * costs.perDwell * tileSize ** 2));
  if (!(high > 0)) return [];
  // At tiles' borders single pixels gain more than the mean.
  let upper = 4 * high;
  let lower = Math.max(LEAST_PRICE * high, LEAST_GAIN / costs.perDwell);
  if (lower >= upper) return [];
  let best: Chosen[] = [];
  const take = (regions: Chosen[]) => {
    if (total(regions, 'gain') > total(best, 'gain')) best = regions;
  };
  const cheapest = regionsAt(input, lower);
  take(fitted(input, cheapest));
  if (total(cheapest, 'cost') <= budget) return ranked(best);
  for (let step = 0; step < PRICE_STEPS; step++) {
    const price = Math.sqrt(upper * lower);
    const regions = regionsAt(input, price);
    take(fitted(input, regions));
    const cost = total(regions, 'cost');
    if (cost > budget) lower = price;
    else upper = price;
    if (cost <= budget && cost > 0.97 * budget) break;
  }
  return ranked(best);
}

const total = (regions: readonly Chosen[], what: 'gain' | 'cost'): number =>
  regions.reduce((sum, region) => sum + region[what], 0);

export const ranked = <Region extends Chosen>(regions: readonly Region[]): Region[] =>
  [...regions].sort((a, b) => b.gain / b.cost - a.gain / a.cost || a.y - b.y || a.x - b.x);

/** Regions that are worth a price, the best first. */
function regionsAt(input: ChoiceInput, price: number): Chosen[] {
  const { layers, costs, most, taken } = input;
  const areas: Area[] = [...taken];
  const chosen: Chosen[] = [];
  const found = layers.map((layer) => ({
    layer,
    tiles: pricedTiles(input, layer, price),
    best: undefined as Found,
  }));
  while (chosen.length < most) {
    for (const one of found) one.best ??= bestOf(input, one.layer, one.tiles, price, areas);
    let top = found[0];
    for (const one of found) if ((one.best?.worth ?? 0) > (top.best?.worth ?? 0)) top = one;
    if (!top.best || !(top.best.worth > 0)) break;
    const rectangle = { ...top.best.area, dwells: top.layer.dwells };
    chosen.push(withFigures(top.layer, rectangle, costs, areas));
    areas.push(top.best.area);
    for (const one of found) {
      zeroed(one.layer, one.tiles, top.best.area, price, costs);
      if (one !== top && one.best && !sharedArea(one.best.area, top.best.area)) continue;
      if (one !== top) one.best = undefined;
    }
    top.best = undefined;
  }
  return merged(input, chosen);
}

type Found = { area: Area; worth: number } | undefined;

/** Gain of each tile less what it takes; regions that are taken gain nothing more. */
function pricedTiles({ costs, taken }: ChoiceInput, layer: SummedLayer, price: number): Float64Array {
  const tiles = layer.tiles.slice();
  for (let tile = 0; tile < tiles.length; tile++) {
    const { height, width } = layer.areaOf(tile);
    tiles[tile] -= price * costs.perDwell * layer.dwells * height * width;
  }
  for (const area of taken) zeroed(layer, tiles, area, price, costs);
  return tiles;
}

/** What lies in a region is gained once. */
function zeroed(layer: SummedLayer, tiles: Float64Array, area: Area, price: number, costs: Costs): void {
  const { tileSize: size, tileShape } = layer;
  const lastRow = Math.floor((area.y + area.height - 1) / size);
  const lastColumn = Math.floor((area.x + area.width - 1) / size);
  for (let y = Math.floor(area.y / size); y <= lastRow; y++)
    for (let x = Math.floor(area.x / size); x <= lastColumn; x++) {
      const tile = y * tileShape[1] + x;
      const pixels = layer.areaOf(tile);
      const shared = sharedArea(pixels, area);
      if (!shared) continue;
      const least = -price * costs.perDwell * layer.dwells * pixels.height * pixels.width;
      // A tile that must not be exposed stays far below anything.
      tiles[tile] =
        tiles[tile] < 2 * least ? tiles[tile] : Math.max(tiles[tile] - layer.gainOf(shared), least);
    }
}

/** The best region of one layer: found in tiles, its sides then moved to the best pixels. */
function bestOf(
  { costs, shape }: ChoiceInput,
  layer: SummedLayer,
  tiles: Float64Array,
  price: number,
  areas: readonly Area[],
): { area: Area; worth: number } {
  const coarse = bestRectangle(tiles, layer.tileShape, price * costs.perRow * layer.tileSize);
  const worthOf = (area: Area): number =>
    layer.isForbidden(area)
      ? Number.NEGATIVE_INFINITY
      : layer.gainBeyond(area, areas) - price * costOfRectangle({ ...area, dwells: layer.dwells }, costs);
  let area = layer.pixelsOf(coarse);
  let worth = worthOf(area);
  for (let round = 0; round < 3 && layer.tileSize > 1; round++) {
    const before = worth;
    for (const moved of [movedTop, movedBottom, movedLeft, movedRight])
      for (let by = -layer.tileSize; by <= layer.tileSize; by++) {
        const tried = moved(area, by, shape);
        if (!tried) continue;
        const found = worthOf(tried);
        if (found > worth) [area, worth] = [tried, found];
      }
    if (worth === before) break;
  }
  return { area, worth };
}

type Moved = (area: Area, by: number, shape: readonly [number, number]) => Area | undefined;
const within = (area: Area, [rows, columns]: readonly [number, number]): Area | undefined =>
  area.height > 0 &&
  area.width > 0 &&
  area.y >= 0 &&
  area.x >= 0 &&
  area.y + area.height <= rows &&
  area.x + area.width <= columns
    ? area
    : undefined;
const movedTop: Moved = (a, by, shape) => within({ ...a, y: a.y + by, height: a.height - by }, shape);
const movedBottom: Moved = (a, by, shape) => within({ ...a, height: a.height + by }, shape);
const movedLeft: Moved = (a, by, shape) => within({ ...a, x: a.x + by, width: a.width - by }, shape);
const movedRight: Moved = (a, by, shape) => within({ ...a, width: a.width + by }, shape);

function withFigures(
  layer: SummedLayer,
  rectangle: PlanRectangle,
  costs: Costs,
  areas: readonly Area[],
): Chosen {
  return { ...rectangle, gain: layer.gainBeyond(rectangle, areas), cost: costOfRectangle(rectangle, costs) };
}

/** Regions that share much become one that holds both. */
function merged({ layers, costs, taken }: ChoiceInput, regions: Chosen[]): Chosen[] {
  const left = [...regions];
  for (let i = 0; i < left.length; i++)
    for (let j = i + 1; j < left.length; j++) {
      const [a, b] = [left[i], left[j]];
      const shared = sharedArea(a, b);
      if (!shared) continue;
      const smaller = Math.min(a.height * a.width, b.height * b.width);
      if (shared.height * shared.width <= MOST_SHARED * smaller) continue;
      const dwells = a.gain > b.gain ? a.dwells : b.dwells;
      const both = { ...around(a, b), dwells };
      const layer = layers.find((one) => one.dwells === dwells);
      if (!layer || layer.isForbidden(both)) continue;
      left.splice(j, 1);
      const others = [...taken, ...left.filter((_, k) => k !== i)];
      left[i] = withFigures(layer, both, costs, others);
      i = -1;
      break;
    }
  return left;
}

export function around(a: Area, b: Area): Area {
  const [y, x] = [Math.min(a.y, b.y), Math.min(a.x, b.x)];
  return {
    y,
    x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
  };
}

/** As many of the regions as the budget is enough for, the best first; one that does not fit is made smaller. */
function fitted({ layers, costs, budget, taken }: ChoiceInput, regions: readonly Chosen[]): Chosen[] {
  const kept: Chosen[] = [];
  let left = budget;
  for (const region of ranked(regions)) {
    const layer = layers.find(({ dwells }) => dwells === region.dwells);
    if (!layer) continue;
    const areas = [...taken, ...kept];
    let area: Area | undefined = region;
    while (area && costOfRectangle({ ...area, dwells: region.dwells }, costs) > left)
      area = smaller(layer, area, areas);
    if (!area) continue;
    const { y, x, height, width } = area;
    const fits = withFigures(layer, { y, x, height, width, dwells: region.dwells }, costs, areas);
    if (!(fits.gain > 0)) continue;
    kept.push(fits);
    left -= fits.cost;
  }
  return kept;
}

/** Without the row or column at its sides that gains least for its pixels; undefined when nothing is left. */
function smaller(
  layer: SummedLayer,
  { y, x, height, width }: Area,
  areas: readonly Area[],
): Area | undefined {
  const sides: { side: Area; rest: Area }[] = [
    { side: { y, x, height: 1, width }, rest: { y: y + 1, x, height: height - 1, width } },
    { side: { y: y + height - 1, x, height: 1, width }, rest: { y, x, height: height - 1, width } },
    { side: { y, x, height, width: 1 }, rest: { y, x: x + 1, height, width: width - 1 } },
    { side: { y, x: x + width - 1, height, width: 1 }, rest: { y, x, height, width: width - 1 } },
  ];
  let best: Area | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const { side, rest } of sides) {
    if (rest.height < 1 || rest.width < 1) continue;
    const density = layer.gainBeyond(side, areas) / (side.height * side.width);
    if (density < least) [best, least] = [rest, density];
  }
  return best;
}
