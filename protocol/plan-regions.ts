import type { PlanDrift, PlanRectangle } from './plan.ts';

type Area = Pick<PlanRectangle, 'y' | 'x' | 'height' | 'width'>;

/** A rescan is of the region that it shares this part of both together with, at least. */
const SAME_PLACE = 0.5;

/** Shared area over the area of both together. */
export function overlapOf(a: Area, b: Area): number {
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  if (height <= 0 || width <= 0) return 0;
  const shared = height * width;
  return shared / (a.height * a.width + b.height * b.width - shared);
}

/** The one of some regions that a rescan is of; undefined where it is of none. @param sent where the beam was sent for it */
export function regionOf<Region extends { region: Area }>(
  regions: readonly Region[],
  sent: Area,
): Region | undefined {
  let best: Region | undefined;
  let most = 0;
  for (const one of regions) {
    const overlap = overlapOf(one.region, sent);
    if (overlap >= SAME_PLACE && overlap > most) [best, most] = [one, overlap];
  }
  return best;
}

/**
 * Where the beam is to be sent for a rectangle of the scan, since the specimen has moved; what lies beyond the scan is cut off.
 * @param shape rows and columns of the scan
 * @returns undefined where nothing is left
 */
export function sentRectangle<Rectangle extends Area>(
  rectangle: Rectangle,
  drift: Pick<PlanDrift, 'applied'> | undefined,
  [rows, columns]: readonly [number, number],
): Rectangle | undefined {
  if (!drift) return rectangle;
  const { y: dy, x: dx } = drift.applied;
  const [top, left] = [rectangle.y - dy, rectangle.x - dx];
  const [y, x] = [Math.max(0, top), Math.max(0, left)];
  const height = Math.min(rows, top + rectangle.height) - y;
  const width = Math.min(columns, left + rectangle.width) - x;
  return height > 0 && width > 0 ? { ...rectangle, y, x, height, width } : undefined;
}
