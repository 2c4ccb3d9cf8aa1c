import type { JudgedRegion, Plan, PlanRectangle, PlanRequest } from '../../../protocol/index.ts';
import type { Costs } from './gain-layers.ts';
import type { PlanInput } from './plan-input.ts';

/** Unit of a budget, and its amount in it. */
export function costsOf(
  { shape, timing, doseRate }: PlanInput,
  { budget }: PlanRequest,
): { costs: Costs; budget: number } {
  const pixels = shape[0] * shape[1];
  const dwells = { perDwell: 1, perRow: 0, perRegion: 0 };
  if (budget.unit === 'pixels') return { costs: dwells, budget: budget.value };
  if (budget.unit === 'dose')
    return { costs: dwells, budget: doseRate ? (budget.value * pixels) / doseRate : 0 };
  if (!timing)
    return { costs: dwells, budget: budget.unit === 'percent' ? (budget.value / 100) * pixels : 0 };
  const { dwellSeconds, flybackSeconds, setupSeconds } = timing;
  return {
    costs: { perDwell: dwellSeconds, perRow: flybackSeconds, perRegion: setupSeconds },
    budget: budget.unit === 'seconds' ? budget.value : (budget.value / 100) * pixels * dwellSeconds,
  };
}

/** Beam time of a region, where the dwell time is known. */
export function secondsOf(
  { height, width, dwells }: PlanRectangle,
  { timing }: PlanInput,
): { seconds?: number } {
  if (!timing) return {};
  const { dwellSeconds, flybackSeconds, setupSeconds } = timing;
  return { seconds: height * width * dwells * dwellSeconds + height * flybackSeconds + setupSeconds };
}

/** As a share of the first pass's time, or of its pixel-dwells where no time is known. */
export function totalCost(regions: readonly JudgedRegion[], { shape, timing }: PlanInput): Plan['cost'] {
  const pixelDwells = regions.reduce((sum, { height, width, dwells }) => sum + height * width * dwells, 0);
  const pixels = shape[0] * shape[1];
  if (!timing) return { pixelDwells, percent: (100 * pixelDwells) / pixels };
  const seconds = regions.reduce((sum, region) => sum + (region.seconds ?? 0), 0);
  return { pixelDwells, seconds, percent: (100 * seconds) / (pixels * timing.dwellSeconds) };
}
