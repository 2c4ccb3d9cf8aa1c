import { bestRectangle } from './best-rectangle.ts';
import type { SummedLayer } from './gain-layers.ts';
import { type Placed, placed, type SearchSpace, worthOf } from './placed-regions.ts';

/** Below the value of any tile. */
const OUT_OF_BOUNDS = -1e12;

/** Gain of each tile minus the cost of its exposure, by layer. */
export type PricedTiles = Map<SummedLayer, Float64Array>;

export function pricedTiles({ layers, costs, taken }: SearchSpace, price: number): PricedTiles {
  return new Map(
    layers.map((layer) => {
      const tiles = layer.tiles.slice();
      for (let tile = 0; taken.length > 0 && tile < tiles.length; tile++)
        if (tiles[tile] > 0) tiles[tile] = layer.gainBeyond(layer.areaOf(tile), taken);
      if (layer.isLimited) for (const area of taken) layer.mark(tiles, area, OUT_OF_BOUNDS);
      const each = price * costs.perDwell * layer.dwells;
      for (let tile = 0; tile < tiles.length; tile++) tiles[tile] -= each * layer.tilePixels[tile];
      return [layer, tiles];
    }),
  );
}

/** The rectangle of tiles that is worth most at a price, over no other region; undefined where none is worth anything. */
export function findRegion(
  space: SearchSpace,
  priced: PricedTiles,
  price: number,
  others: readonly Placed[],
): Placed | undefined {
  const { layers, costs } = space;
  let best: Placed | undefined;
  for (const layer of layers) {
    const tiles = priced.get(layer)?.slice();
    if (!tiles) continue;
    for (const { area } of others) layer.mark(tiles, area, OUT_OF_BOUNDS);
    const { worth, ...area } = bestRectangle(tiles, layer.tileShape, price * costs.perRow * layer.tileSize);
    if (worth < price * costs.perRegion) continue;
    const found = placed(space, layer, layer.pixelsOf(area), others);
    if (found && worthOf(found, price) > (best ? worthOf(best, price) : 0)) best = found;
  }
  return best;
}
