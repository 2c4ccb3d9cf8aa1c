import type { PlanDrift } from '../../../protocol/index.ts';

/** A plan is for where the specimen was; it has moved where a rescan lies farther from there than this, pixels. */
const MOVED = 1;

/**
 * Whether the specimen has moved since a plan.
 * @param planned what the plan is moved by when it is sent
 */
export function hasMoved({ y, x, applied }: PlanDrift, planned: PlanDrift | undefined): boolean {
  const known = planned?.applied ?? { y: 0, x: 0 };
  const isOther = applied.y !== known.y || applied.x !== known.x;
  return isOther && Math.max(Math.abs(y - known.y), Math.abs(x - known.x)) >= MOVED;
}

/** `the specimen has moved by 2.3 pixels (1.2 nm) since the survey`. */
export function driftWords({ y, x, applied }: PlanDrift, pixelSizeNm: number | undefined): string {
  if (applied.y === 0 && applied.x === 0) return 'the specimen is back where it was in the survey';
  const pixels = Math.hypot(y, x);
  const nm = pixelSizeNm === undefined ? '' : ` (${(pixels * pixelSizeNm).toPrecision(2)} nm)`;
  return `the specimen has moved by ${pixels.toFixed(1)} pixels${nm} since the survey`;
}
