import { counted, type PlanBudget } from '../../../protocol/index.ts';
import type { Costs } from './gain-layers.ts';

/** The verdict on a plan that is worth its dose. */
export const rescanWords = (gain: number, wrong: number, regions: number): string =>
  `${counted(regions, 'region puts', 'regions put')} right about ${Math.round(gain)} of ${counted(Math.round(wrong), 'pixel')} likely wrong`;

/** The verdict where even the best plan corrects few pixels. */
export function noRescanWords(gain: number, wrong: number, pixels: number): string {
  const percent = (value: number) => `${((100 * value) / Math.max(pixels, 1)).toFixed(1)} %`;
  return `No rescan is worth its dose: the best one would put right ${percent(gain)} of the pixels, of which ${percent(wrong)} are likely wrong`;
}

/**
 * The verdict where the budget is not enough for one pixel, not known in the unit of the costs, or goes into setting a
 * region up for the most part; undefined otherwise.
 * @param available the budget in the unit of the costs
 * @param share of the pixels that the best plan corrects; undefined where so few are wrong that no budget helps
 */
export function overBudgetWords(
  budget: PlanBudget,
  available: number,
  costs: Costs,
  share: number | undefined,
): string | undefined {
  const { perRegion, perRow, perDwell } = costs;
  const isTimed = perRegion > 0 || perRow > 0 || budget.unit === 'seconds';
  const said = budgetWords(budget, available, isTimed);
  if (available >= perRegion + perRow + perDwell)
    return share !== undefined && perRegion > available / 2
      ? `A budget of ${said} is too small: setting a region up takes ${seconds(perRegion)}, and the rest of it puts right ${(100 * share).toFixed(1)} % of the pixels`
      : undefined;
  if (available === 0 && budget.value > 0)
    return budget.unit === 'dose'
      ? 'A budget in e/Å² needs the beam current, the pixel size and the dwell time'
      : 'A budget in seconds needs the dwell time';
  const start = `No region fits the budget of ${said}`;
  if (!isTimed) return `${start}: one pixel takes more`;
  if (perRegion >= available) return `${start}: setting one up takes ${seconds(perRegion)}`;
  return `${start}: one pixel takes ${seconds(perRegion + perRow + perDwell)} with set-up and fly-back`;
}

function budgetWords({ unit, value }: PlanBudget, available: number, isTimed: boolean): string {
  const figure = Number(value.toPrecision(3));
  if (unit === 'seconds') return seconds(value);
  if (unit === 'pixels') return `${figure} pixel-dwells`;
  if (unit === 'dose') return `${figure} e/Å²`;
  return isTimed ? `${figure} % (${seconds(available)})` : `${figure} %`;
}

const seconds = (value: number): string => `${Number(value.toPrecision(3))} s`;
