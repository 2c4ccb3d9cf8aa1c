import type { Plan, PlanRectangle } from '../../../protocol/index.ts';
import { area } from '../../geometry/rectangles.ts';
import type { ShownRegion } from './plan-edits.ts';

/** Cost of regions; seconds and dose where they are known. */
export interface PlanCost {
  pixelDwells: number;
  /** Of the first pass. */
  percent: number;
  /** Beam time with fly-back and set-up. */
  seconds?: number;
  /** Mean over the whole scan, e/Å². */
  dose?: number;
  /** Dose of the pixel that gets most, e/Å². */
  mostDose?: number;
}

export const pixelDwells = (region: PlanRectangle): number => area(region) * region.dwells;

/** Seconds of one region: as the monitor counted them, or by its rates. */
export function regionSeconds(region: ShownRegion, plan: Pick<Plan, 'timing'>): number | undefined {
  if (region.proposed?.seconds !== undefined) return region.proposed.seconds;
  const { timing } = plan;
  if (timing === undefined) return undefined;
  return (
    pixelDwells(region) * timing.dwellSeconds + region.height * timing.flybackSeconds + timing.setupSeconds
  );
}

/**
 * Cost of all regions; the monitor's own figures while nothing is edited.
 * @param pixels of the whole scan
 */
export function planCost(regions: readonly ShownRegion[], plan: Plan, pixels: number): PlanCost {
  const dwells = sum(regions.map(pixelDwells));
  const seconds = regions.map((region) => regionSeconds(region, plan));
  const known = seconds.filter((value) => value !== undefined);
  const edited =
    regions.length !== plan.regions.length || regions.some(({ proposed }) => proposed === undefined);
  const whole = firstPassSeconds(plan, pixels);
  const allSeconds = known.length === seconds.length && seconds.length > 0 ? sum(known) : undefined;
  const percent =
    allSeconds !== undefined && whole !== undefined ? (100 * allSeconds) / whole : (100 * dwells) / pixels;
  return {
    pixelDwells: edited ? dwells : plan.cost.pixelDwells,
    percent: edited ? percent : plan.cost.percent,
    ...(edited
      ? allSeconds !== undefined && { seconds: allSeconds }
      : plan.cost.seconds !== undefined && { seconds: plan.cost.seconds }),
    ...(plan.doseRate !== undefined && {
      dose: (plan.doseRate * dwells) / pixels,
      mostDose: plan.doseRate * Math.max(0, ...regions.map((region) => region.dwells)),
    }),
  };
}

/** The first pass as the planner counts it: dwells alone, on which a budget in percent is measured. */
export const firstPassSeconds = ({ timing }: Pick<Plan, 'timing'>, pixels: number): number | undefined =>
  timing && pixels * timing.dwellSeconds;

/**
 * Pixels that a region is expected to put right. What the operator drew is judged by the value map, gain per dwell: the sum over
 * the region times the dwells is too high, since the first dwell gains most; the correction is estimated from the regions that
 * the monitor proposed.
 * @param value the value map, row-major; NaN where there is none
 * @returns undefined where there is nothing to estimate it from
 */
export function regionGain(
  region: ShownRegion,
  plan: Pick<Plan, 'regions'>,
  value: ArrayLike<number> | undefined,
  columns: number,
): number | undefined {
  if (region.proposed !== undefined) return region.proposed.gain;
  if (value === undefined) return undefined;
  const linear = linearGain(region, value, columns);
  const proposed = sum(plan.regions.map((one) => linearGain(one, value, columns)));
  const gained = sum(plan.regions.map((one) => one.gain));
  return linear * (proposed > 0 ? Math.min(1, gained / proposed) : 1);
}

function linearGain(region: PlanRectangle, value: ArrayLike<number>, columns: number): number {
  let total = 0;
  for (let y = region.y; y < region.y + region.height; y++)
    for (let x = region.x; x < region.x + region.width; x++) {
      const gain = value[y * columns + x];
      if (Number.isFinite(gain)) total += gain;
    }
  return total * region.dwells;
}

/**
 * Pixels that would have more than the limit after all regions, what they have by now counted in; regions that overlap add up.
 * @param exposure dwells so far, row-major; without it every pixel has one
 */
export function pixelsOverLimit(
  regions: readonly PlanRectangle[],
  { doseRate, doseLimit }: Pick<Plan, 'doseRate' | 'doseLimit'>,
  exposure: ArrayLike<number> | undefined,
  columns: number,
): number {
  if (doseRate === undefined || doseLimit === undefined) return 0;
  const added = new Map<number, number>();
  for (const { y, x, height, width, dwells } of regions)
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) {
        const pixel = row * columns + column;
        added.set(pixel, (added.get(pixel) ?? 0) + dwells);
      }
  let over = 0;
  for (const [pixel, dwells] of added) {
    const before = exposure?.[pixel] ?? 1;
    if ((dwells + (Number.isFinite(before) ? before : 0)) * doseRate > doseLimit * (1 + 1e-6)) over++;
  }
  return over;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
