import type { Plan, PlanBudget } from '../../../protocol/index.ts';
import { firstPassSeconds } from './plan-costs.ts';

export type BudgetUnit = PlanBudget['unit'];

/** What the slider stops at, percent of the first pass: fine where budgets are small. */
export const BUDGET_STOPS: readonly number[] = [
  1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 50, 60, 70, 80, 100,
];

/** What one percent of the first pass is in a unit; undefined where that is not known. */
export function perPercent(
  unit: BudgetUnit,
  plan: Pick<Plan, 'timing' | 'doseRate'>,
  pixels: number,
): number | undefined {
  switch (unit) {
    case 'percent':
      return 1;
    case 'pixels':
      return pixels / 100;
    case 'seconds': {
      const whole = firstPassSeconds(plan, pixels);
      return whole === undefined ? undefined : whole / 100;
    }
    case 'dose':
      return plan.doseRate === undefined ? undefined : plan.doseRate / 100;
  }
}

/** Units in which a budget can be given. */
export const knownUnits = (plan: Pick<Plan, 'timing' | 'doseRate'>, pixels: number): BudgetUnit[] =>
  (['percent', 'seconds', 'pixels', 'dose'] as const).filter(
    (unit) => perPercent(unit, plan, pixels) !== undefined,
  );

/** The budget as a share of the first pass, percent; undefined where its unit means nothing for the scan. */
export function percentOf(
  { unit, value }: PlanBudget,
  plan: Pick<Plan, 'timing' | 'doseRate'>,
  pixels: number,
): number | undefined {
  const one = perPercent(unit, plan, pixels);
  return one === undefined || one <= 0 ? undefined : value / one;
}

/** The same budget in another unit, rounded to two or three figures. */
export function inUnit(
  percent: number,
  unit: BudgetUnit,
  plan: Pick<Plan, 'timing' | 'doseRate'>,
  pixels: number,
): PlanBudget {
  const value = percent * (perPercent(unit, plan, pixels) ?? 1);
  return { unit, value: unit === 'pixels' ? Math.max(1, Math.round(value)) : Number(value.toPrecision(3)) };
}

/** Index of the stop that is nearest to a share, percent. */
export function nearestStop(percent: number): number {
  let best = 0;
  BUDGET_STOPS.forEach((stop, index) => {
    if (Math.abs(stop - percent) < Math.abs(BUDGET_STOPS[best] - percent)) best = index;
  });
  return best;
}
