import { type Costs, costOfSize, type SummedLayer } from './gain-layers.ts';
import { type Area, sharedArea } from './summed-area.ts';

/** A candidate region, with the layer of its number of dwells. */
export interface Placed {
  layer: SummedLayer;
  area: Area;
  gain: number;
  cost: number;
}

/** Search space of regions: layers, costs and limits. */
export interface SearchSpace {
  /** By dwells, rising. */
  layers: readonly SummedLayer[];
  /** Rows, columns. */
  shape: readonly [number, number];
  costs: Costs;
  /** Most regions. */
  most: number;
  /** Regions chosen for other reasons: gain inside them does not count twice. */
  taken: readonly Area[];
}

/** Undefined where a region must not be: outside, where exposure is forbidden, or over one of the others. */
export function placed(
  { shape, costs, taken }: SearchSpace,
  layer: SummedLayer,
  area: Area,
  others: readonly Placed[],
  except?: Placed,
): Placed | undefined {
  const { y, x, height, width } = area;
  if (height < 1 || width < 1 || y < 0 || x < 0 || y + height > shape[0] || x + width > shape[1])
    return undefined;
  if (layer.isForbidden(area)) return undefined;
  // Where a dose must not be exceeded, nothing is exposed by two regions.
  if (layer.isLimited) for (const one of taken) if (sharedArea(area, one)) return undefined;
  for (const one of others) if (one !== except && overlaps(area, one.area)) return undefined;
  const cost = costOfSize(height, width, layer.dwells, costs);
  return { layer, area, gain: layer.gainBeyond(area, taken), cost };
}

const overlaps = (a: Area, b: Area): boolean =>
  a.y < b.y + b.height && b.y < a.y + a.height && a.x < b.x + b.width && b.x < a.x + a.width;

export const worthOf = ({ gain, cost }: Placed, price: number): number => gain - price * cost;
export const sumOf = (regions: readonly Placed[], what: 'gain' | 'cost'): number =>
  regions.reduce((sum, region) => sum + region[what], 0);

/** With one of the four sides moved outwards by so many pixels, inwards where negative. */
export function withSide({ y, x, height, width }: Area, side: number, by: number): Area {
  if (side === 0) return { y: y - by, x, height: height + by, width };
  if (side === 1) return { y, x, height: height + by, width };
  if (side === 2) return { y, x: x - by, height, width: width + by };
  return { y, x, height, width: width + by };
}

/** The smallest rectangle that holds both. */
export function around(a: Area, b: Area): Area {
  const [y, x] = [Math.min(a.y, b.y), Math.min(a.x, b.x)];
  return {
    y,
    x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
  };
}
