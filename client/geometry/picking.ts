import type { Placement } from './viewport.ts';

/** Row-major 2 × 3: x' = m0·x + m1·y + m2, y' = m3·x + m4·y + m5. */
export type Affine = readonly [number, number, number, number, number, number];

export const IDENTITY: Affine = [1, 0, 0, 0, 1, 0];

/** A point of the embedding as it is drawn: the embedding's y axis points up, the view's down. */
export const drawnPoint = (affine: Affine, x: number, y: number): [number, number] => [
  affine[0] * x + affine[1] * y + affine[2],
  -(affine[3] * x + affine[4] * y + affine[5]),
];

/**
 * Index of the point nearest to (x, y) of the view and within `reach` view pixels; undefined when none is.
 * @param points x and y of each pixel, NaN where there is none
 * @param kept where given, points with 0 cannot be picked
 */
export function nearestPoint(
  points: ArrayLike<number>,
  affine: Affine,
  placement: Placement,
  x: number,
  y: number,
  reach: number,
  kept?: Uint8Array,
): number | undefined {
  let nearest: number | undefined;
  let best = (reach / placement.scale) ** 2;
  const worldX = (x - placement.left) / placement.scale;
  const worldY = (y - placement.top) / placement.scale;
  const [a, b, c, d, e, f] = affine;
  for (let i = 0, p = 0; p < points.length; i++, p += 2) {
    const dx = a * points[p] + b * points[p + 1] + c - worldX;
    const dy = -(d * points[p] + e * points[p + 1] + f) - worldY;
    const distance = dx * dx + dy * dy;
    // NaN compares false, so unmeasured pixels never win.
    if (distance <= best && (kept === undefined || kept[i] > 0)) {
      best = distance;
      nearest = i;
    }
  }
  return nearest;
}

/** Bounds of the drawn points; undefined when there is none. */
export function pointBounds(
  points: ArrayLike<number>,
  affine: Affine,
): { minX: number; maxX: number; minY: number; maxY: number } | undefined {
  let minX = Infinity;
  let maxX = -Infinity;
  let minY = Infinity;
  let maxY = -Infinity;
  const [a, b, c, d, e, f] = affine;
  for (let p = 0; p < points.length; p += 2) {
    const x = a * points[p] + b * points[p + 1] + c;
    const y = -(d * points[p] + e * points[p + 1] + f);
    if (x < minX) minX = x;
    if (x > maxX) maxX = x;
    if (y < minY) minY = y;
    if (y > maxY) maxY = y;
  }
  return minX <= maxX && minY <= maxY ? { minX, maxX, minY, maxY } : undefined;
}
