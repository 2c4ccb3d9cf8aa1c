import { describe, expect, it } from 'vitest';
import type { PastPlan, PlanBudget } from '../../../../protocol/index.ts';
import { budgetLeft, costOf } from '../../../../server/pipeline/planner/plan-cost.ts';
import {
  checkRequest,
  doseLimitWarning,
  doseRateOf,
  PLAN_DEFAULTS,
  timingOf,
} from '../../../../server/pipeline/planner/plan-options.ts';

const asked = (unit: PlanBudget['unit']) => ({ ...PLAN_DEFAULTS.request, budget: { unit, value: 10 } });

describe('what a rescan takes', () => {
  it('is dwells where the dwell time is not known', () => {
    expect(timingOf({}, PLAN_DEFAULTS)).toBeUndefined();
    expect(costOf([{ y: 0, x: 0, height: 2, width: 5, dwells: 3 }], [10, 10], undefined)).toEqual({
      pixelDwells: 30,
      percent: 30,
    });
  });

  it('is time with fly-back and set-up where it is', () => {
    const timing = timingOf({ dwellSeconds: 0.01 }, { ...PLAN_DEFAULTS, flybackSeconds: 0.5 });
    // 30 dwells of 10 ms, two rows, one region; the first pass took 1 s.
    const cost = costOf([{ y: 0, x: 0, height: 2, width: 5, dwells: 3 }], [10, 10], timing);
    expect(cost.seconds).toBeCloseTo(0.3 + 1 + 3, 9);
    expect(cost.percent).toBeCloseTo(430, 6);
  });

  it('is a dose by beam current, dwell time and pixel size', () => {
    // 100 pA for 10 ms are 6.2415e6 electrons, on 1 nm² = 100 Å².
    const options = { ...PLAN_DEFAULTS, beamCurrent: 100 };
    expect(doseRateOf({ dwellSeconds: 0.01, pixelSizeNm: 1 }, options)).toBeCloseTo(62_415.09, 1);
    expect(doseRateOf({ dwellSeconds: 0.01 }, options)).toBeUndefined();
    expect(doseRateOf({ dwellSeconds: 0.01, pixelSizeNm: 1 }, PLAN_DEFAULTS)).toBeUndefined();
  });

  it('cannot be asked for in units that mean nothing for the scan', () => {
    const check = (unit: PlanBudget['unit'], scan: { dwellSeconds?: number; pixelSizeNm?: number }) => () =>
      checkRequest(asked(unit), scan, PLAN_DEFAULTS);
    expect(check('percent', {})).not.toThrow();
    expect(check('pixels', {})).not.toThrow();
    expect(check('seconds', {})).toThrow(
      'plan: budget: expected % or px, since the dwell time of the scan is not known',
    );
    expect(check('seconds', { dwellSeconds: 1 })).not.toThrow();
    expect(check('dose', { dwellSeconds: 1 })).toThrow('the pixel size of the scan is not known');
    expect(check('dose', { dwellSeconds: 1, pixelSizeNm: 1 })).toThrow('(--beam-current)');
  });

  it('is not held to a dose limit that cannot be kept, and says so', () => {
    const options = { ...PLAN_DEFAULTS, doseLimit: 100 };
    expect(doseLimitWarning({ dwellSeconds: 1, pixelSizeNm: 1 }, options)).toContain('--beam-current');
    expect(
      doseLimitWarning({ dwellSeconds: 1, pixelSizeNm: 1 }, { ...options, beamCurrent: 1 }),
    ).toBeUndefined();
    expect(doseLimitWarning({}, PLAN_DEFAULTS)).toBeUndefined();
  });
});

describe('a budget that several plans share', () => {
  const past = (dwells: number): PastPlan => ({
    number: 1,
    at: 0,
    regions: [{ number: 1, y: 0, x: 0, height: 2, width: 5, dwells, gain: 1, reason: '', state: 'scanned' }],
    predictedGain: 1,
  });

  it('is what those before have left', () => {
    expect(budgetLeft({ unit: 'pixels', value: 50 }, [past(1), past(2)], [10, 10], {})).toEqual({
      unit: 'pixels',
      value: 20,
    });
    expect(budgetLeft({ unit: 'percent', value: 50 }, [past(2)], [10, 10], {})).toEqual({
      unit: 'percent',
      value: 30,
    });
    expect(budgetLeft({ unit: 'dose', value: 50 }, [past(2)], [10, 10], { doseRate: 100 })).toEqual({
      unit: 'dose',
      value: 30,
    });
    const timing = { dwellSeconds: 1, flybackSeconds: 0, setupSeconds: 5 };
    expect(budgetLeft({ unit: 'seconds', value: 50 }, [past(2)], [10, 10], { timing })).toEqual({
      unit: 'seconds',
      value: 25,
    });
  });

  it('is used up in the end', () => {
    expect(budgetLeft({ unit: 'pixels', value: 20 }, [past(2)], [10, 10], {})).toBeUndefined();
    expect(budgetLeft({ unit: 'pixels', value: 15 }, [past(2)], [10, 10], {})).toBeUndefined();
  });
});
