import { findRegion, type PricedTiles, pricedTiles } from './find-regions.ts';
import { around, type Placed, placed, type SearchSpace, withSide, worthOf } from './placed-regions.ts';
import { splitRegion } from './split-region.ts';

/** Pixels that a side moves by at once. */
const STRIDES = [1, 3, 9, 27];
const MOST_ROUNDS = 6;

const byWorth = (price: number) => (a: Placed, b: Placed) => worthOf(b, price) - worthOf(a, price);

/** Regions found one after the other, each the best at a price given those before it. */
export function firstRegions(space: SearchSpace, price: number): Placed[] {
  const priced = pricedTiles(space, price);
  const regions: Placed[] = [];
  while (regions.length < space.most) {
    const found = findRegion(space, priced, price, regions);
    if (!found) break;
    const own = regions.length;
    regions.push(found);
    settle(space, regions, own, price);
  }
  return improved(space, regions, price, priced);
}

/**
 * Local search for regions that are worth more at a price: sides and dwells are moved, regions without value are
 * dropped, two that gain more as one are joined, and the least one is replaced by one that is found or split off.
 * Regions never overlap.
 */
export function improved(
  space: SearchSpace,
  from: readonly Placed[],
  price: number,
  priced: PricedTiles = pricedTiles(space, price),
): Placed[] {
  const regions = from.map((region) => ({ ...region }));
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let changed = false;
    for (let i = 0; i < regions.length; i++) changed = settle(space, regions, i, price) || changed;
    for (let i = regions.length - 1; i >= 0; i--)
      if (worthOf(regions[i], price) <= 0) changed = regions.splice(i, 1).length > 0;
    changed = join(space, regions, price) || changed;
    changed = extend(space, regions, price, priced) || changed;
    if (!changed) break;
  }
  return regions;
}

/** Moves the sides, the whole and the dwells of one region while it gains by it. */
function settle(space: SearchSpace, regions: Placed[], at: number, price: number): boolean {
  const { layers } = space;
  let changed = false;
  for (let more = true; more; ) {
    more = false;
    const now = regions[at];
    let best = now;
    let most = worthOf(now, price) + 1e-9;
    const consider = (layer: Placed['layer'], area: Placed['area']) => {
      const tried = placed(space, layer, area, regions, now);
      if (tried && worthOf(tried, price) > most) [best, most] = [tried, worthOf(tried, price)];
    };
    const { y, x, height, width } = now.area;
    for (const stride of STRIDES)
      for (const by of [stride, -stride]) {
        for (let side = 0; side < 4; side++) consider(now.layer, withSide(now.area, side, by));
        consider(now.layer, { y: y + by, x, height, width });
        consider(now.layer, { y, x: x + by, height, width });
      }
    for (const layer of layers) if (layer !== now.layer) consider(layer, now.area);
    if (best === now) break;
    regions[at] = best;
    changed = more = true;
  }
  return changed;
}

/** Joins the two regions that gain most by it. */
function join(space: SearchSpace, regions: Placed[], price: number): boolean {
  let best: { one: Placed; a: Placed; b: Placed } | undefined;
  let most = 1e-9;
  for (const [i, a] of regions.entries())
    for (const b of regions.slice(i + 1)) {
      const others = regions.filter((one) => one !== a && one !== b);
      for (const layer of new Set([a.layer, b.layer])) {
        const one = placed(space, layer, around(a.area, b.area), others);
        if (!one) continue;
        const more = worthOf(one, price) - worthOf(a, price) - worthOf(b, price);
        if (more > most) [best, most] = [{ one, a, b }, more];
      }
    }
  if (!best) return false;
  const { one, a, b } = best;
  regions.splice(regions.indexOf(a), 1, one);
  regions.splice(regions.indexOf(b), 1);
  return true;
}

/** Adds a region that is found or split off; where there are as many as may be, in place of the least one. */
function extend(space: SearchSpace, regions: Placed[], price: number, priced: PricedTiles): boolean {
  const isFull = regions.length >= space.most;
  const least = isFull ? [...regions].sort(byWorth(price)).at(-1) : undefined;
  const others = regions.filter((one) => one !== least);
  const spared = least ? worthOf(least, price) + 1e-9 : 1e-9;
  const found = findRegion(space, priced, price, others);
  let gained = found ? worthOf(found, price) : 0;
  let split: { of: Placed; parts: Placed[] } | undefined;
  for (const of of others) {
    const parts = splitRegion(space, of, price);
    if (!parts) continue;
    const more = parts.reduce((sum, part) => sum + worthOf(part, price), 0) - worthOf(of, price);
    if (more > gained) [split, gained] = [{ of, parts }, more];
  }
  if (gained <= spared) return false;
  if (least) regions.splice(regions.indexOf(least), 1);
  if (split) regions.splice(regions.indexOf(split.of), 1, ...split.parts);
  else if (found) regions.push(found);
  return true;
}
