import type { PastPlan, Plan, PlanBudget, PlanRectangle, PlanTiming } from '../../../protocol/index.ts';

/** Cost of a rectangle, in dwells of one pixel, and in seconds where the dwell time is known. */
export function regionCost(
  { height, width, dwells }: PlanRectangle,
  timing: PlanTiming | undefined,
): { pixelDwells: number; seconds?: number } {
  const pixelDwells = height * width * dwells;
  if (!timing) return { pixelDwells };
  const { dwellSeconds, flybackSeconds, setupSeconds } = timing;
  return { pixelDwells, seconds: pixelDwells * dwellSeconds + height * flybackSeconds + setupSeconds };
}

/** Total cost of rectangles; percent of the first pass's time, or of its pixel-dwells where no time is known. */
export function costOf(
  rectangles: readonly PlanRectangle[],
  [rows, columns]: readonly [number, number],
  timing: PlanTiming | undefined,
): Plan['cost'] {
  const costs = rectangles.map((rectangle) => regionCost(rectangle, timing));
  const pixelDwells = costs.reduce((sum, cost) => sum + cost.pixelDwells, 0);
  if (!timing) return { pixelDwells, percent: (100 * pixelDwells) / (rows * columns) };
  const seconds = costs.reduce((sum, cost) => sum + (cost.seconds ?? 0), 0);
  return { pixelDwells, seconds, percent: (100 * seconds) / (rows * columns * timing.dwellSeconds) };
}

/** A budget of which less than this part is left is used up. */
const USED_UP = 0.01;

/**
 * Rest of a budget that several plans share, given the scanned part of the accepted ones; undefined where it is used
 * up.
 */
export function budgetLeft(
  budget: PlanBudget,
  history: readonly PastPlan[],
  shape: readonly [number, number],
  { timing, doseRate }: { timing?: PlanTiming; doseRate?: number },
): PlanBudget | undefined {
  const spent = history.reduce((sum, { regions }) => {
    const scanned = regions.filter(({ state }) => state !== 'accepted');
    const { pixelDwells, seconds = 0, percent } = costOf(scanned, shape, timing);
    const dose = ((doseRate ?? 0) * pixelDwells) / (shape[0] * shape[1]);
    return sum + { percent, seconds, pixels: pixelDwells, dose }[budget.unit];
  }, 0);
  const value = budget.value - spent;
  return value > USED_UP * budget.value ? { ...budget, value } : undefined;
}
