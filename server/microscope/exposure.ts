import type { PlanRectangle } from '../../protocol/index.ts';

/** Adds the dwells of a rectangle to those that its pixels have had, in place. */
export function addExposure(
  exposure: Float32Array,
  columns: number,
  { y, x, height, width, dwells }: PlanRectangle,
): void {
  for (let row = y; row < y + height; row++)
    for (let column = x; column < x + width; column++) exposure[row * columns + column] += dwells;
}
