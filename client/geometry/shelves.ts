import type { Size } from './viewport.ts';

export interface Place {
  x: number;
  y: number;
}

/** Free pixels between neighbours: a point on the border of one picture reaches a little beyond it. */
const GAP = 8;

/**
 * Places for pictures side by side on a sheet, in shelves from the top, the highest first. As many of the first ones as
 * fit; the first always has a place.
 * @param mostHeight of the sheet; its width is that of the widest picture, or `width`
 */
export function onShelves(
  sizes: readonly Size[],
  width: number,
  mostHeight: number,
): { places: Place[]; sheet: Size } {
  for (let count = sizes.length; ; count--) {
    const placed = shelve(sizes.slice(0, count), width);
    if (count <= 1 || placed.sheet.height <= mostHeight) return placed;
  }
}

function shelve(sizes: readonly Size[], least: number): { places: Place[]; sheet: Size } {
  const width = Math.max(least, ...sizes.map((size) => size.width));
  const places: Place[] = sizes.map(() => ({ x: 0, y: 0 }));
  const order = sizes.map((_, i) => i).sort((a, b) => sizes[b].height - sizes[a].height);
  const shelf = { x: 0, y: 0, height: 0 };
  for (const i of order) {
    const size = sizes[i];
    if (shelf.x > 0 && shelf.x + size.width > width) {
      shelf.y += shelf.height + GAP;
      shelf.x = 0;
    }
    if (shelf.x === 0) shelf.height = size.height;
    places[i] = { x: shelf.x, y: shelf.y };
    shelf.x += size.width + GAP;
  }
  return { places, sheet: { width, height: shelf.y + shelf.height } };
}
