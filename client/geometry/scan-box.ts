import type { Box, Placement } from './viewport.ts';
import { worldFromView } from './viewport.ts';

/** A line scan of fewer rows is drawn as a strip. */
const LINE_ROWS = 1;
/** Height of a strip as a share of its length. */
const STRIP_SHARE = 1 / 12;

/**
 * How high a row is drawn, in columns. 1, so pixels are square; a scan of one row has no extent across, hence nothing to
 * be true to, and is drawn as a strip that can be seen and pointed at.
 */
export const rowHeight = ([rows, columns]: readonly [number, number]): number =>
  rows <= LINE_ROWS ? Math.max(1, Math.round(columns * STRIP_SHARE)) : 1;

/** The scan in world units: one per column. */
export const scanBox = (shape: readonly [number, number]): Box => ({
  x: 0,
  y: 0,
  width: shape[1],
  height: shape[0] * rowHeight(shape),
});

/** Index (row-major) of the pixel under a point of the view; undefined beside the scan. */
export function pixelAt(
  placement: Placement,
  shape: readonly [number, number],
  x: number,
  y: number,
): number | undefined {
  const [worldX, worldY] = worldFromView(placement, x, y);
  const column = Math.floor(worldX);
  const row = Math.floor(worldY / rowHeight(shape));
  if (column < 0 || row < 0 || column >= shape[1] || row >= shape[0]) return undefined;
  return row * shape[1] + column;
}

/** The neighbour of a pixel `dx`, `dy` pixels away, kept inside the scan. */
export function movedPixel(pixel: number, shape: readonly [number, number], dx: number, dy: number): number {
  const column = Math.min(Math.max((pixel % shape[1]) + dx, 0), shape[1] - 1);
  const row = Math.min(Math.max(Math.floor(pixel / shape[1]) + dy, 0), shape[0] - 1);
  return row * shape[1] + column;
}

/** Row and column of a pixel. */
export const rowAndColumn = (pixel: number, shape: readonly [number, number]): [number, number] => [
  Math.floor(pixel / shape[1]),
  pixel % shape[1],
];
