import { InputError } from './errors.ts';
import type { PlanBudget } from './plan.ts';

const UNITS: readonly { unit: PlanBudget['unit']; written: RegExp }[] = [
  { unit: 'percent', written: /^%$/ },
  { unit: 'seconds', written: /^s$/ },
  { unit: 'pixels', written: /^px$/ },
  { unit: 'dose', written: /^e\/(a|å|Å)(2|\^2|²)$/i },
];

/** What a budget looks like, for help and errors. */
export const BUDGET_FORM = '25% (of the first pass), 30s, 500px (pixel-dwells) or 400e/A2';

/**
 * A budget as people write it: `25%`, `30s`, `500px`, `400e/A2`.
 * @throws InputError when it is none
 */
export function parseBudget(text: string): PlanBudget {
  const [, number, suffix] = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*(\S+)\s*$/.exec(text) ?? [];
  const known = UNITS.find(({ written }) => suffix !== undefined && written.test(suffix));
  const value = Number(number);
  if (!known || !(value > 0) || !Number.isFinite(value))
    throw new InputError('budget', 'value', `expected ${BUDGET_FORM}, found "${text}"`);
  return { unit: known.unit, value };
}

/** The budget in words: `25 % of the first pass`, `30 s`, `500 pixel-dwells`, `400 e/Å²`. */
export function budgetText({ unit, value }: PlanBudget): string {
  const figures = Number(value.toPrecision(4));
  switch (unit) {
    case 'percent':
      return `${figures} % of the first pass`;
    case 'seconds':
      return `${figures} s`;
    case 'pixels':
      return `${figures} pixel-dwells`;
    case 'dose':
      return `${figures} e/Å²`;
  }
}
