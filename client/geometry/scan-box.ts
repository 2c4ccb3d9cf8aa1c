import type { Box, Placement, Viewport } from './viewport.ts';
import { placementOf, visiblePart, worldFromView } from './viewport.ts';

/** Longer side of the thinnest scan that is drawn with square pixels, by the shorter one. */
const THINNEST = 12;

/**
 * How high a row is drawn, in columns. 1, so pixels are square; a thinner scan, a line above all, is drawn as a strip whose pixels
 * can be seen and pointed at: above 1 for a flat one, below 1 for a narrow one.
 */
export function rowHeight([rows, columns]: readonly [number, number]): number {
  if (columns > THINNEST * rows) return Math.max(1, Math.round(columns / (THINNEST * rows)));
  if (rows > THINNEST * columns) return 1 / Math.max(1, Math.round(rows / (THINNEST * columns)));
  return 1;
}

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

/** The pixels that a view of the scan's own proportions shows; undefined when that is all of them. */
export function regionInView(
  viewport: Viewport | undefined,
  shape: readonly [number, number],
): { y: number; x: number; height: number; width: number } | undefined {
  if (viewport === undefined || viewport.zoom <= 1) return undefined;
  const box = scanBox(shape);
  const part = visiblePart(placementOf(viewport, box, box), box, box);
  if (part === undefined) return undefined;
  const x = Math.floor(part.x);
  const y = Math.floor(part.y / rowHeight(shape));
  const right = Math.min(shape[1], Math.ceil(part.x + part.width));
  const bottom = Math.min(shape[0], Math.ceil((part.y + part.height) / rowHeight(shape)));
  return { y, x, height: Math.max(1, bottom - y), width: Math.max(1, right - x) };
}

/** Row and column of a pixel. */
export const rowAndColumn = (pixel: number, shape: readonly [number, number]): [number, number] => [
  Math.floor(pixel / shape[1]),
  pixel % shape[1],
];
