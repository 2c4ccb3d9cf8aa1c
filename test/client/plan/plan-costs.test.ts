import { describe, expect, test } from 'vitest';
import {
  BUDGET_STOPS,
  inUnit,
  knownUnits,
  nearestStop,
  percentOf,
} from '../../../client/model/plan/plan-budget.ts';
import {
  pixelsOverLimit,
  planCost,
  regionGain,
  regionSeconds,
} from '../../../client/model/plan/plan-costs.ts';
import type { ShownRegion } from '../../../client/model/plan/plan-edits.ts';
import { fakePlan } from '../../support/fake-plan.ts';

const PIXELS = 1024;
const drawn: ShownRegion = { number: 9, y: 0, x: 0, height: 4, width: 5, dwells: 2, proposed: undefined };
const shown = (plan = fakePlan()): ShownRegion[] =>
  plan.regions.map((region) => ({ ...region, proposed: region }));

describe('what regions cost', () => {
  test('of a plan as proposed is what the monitor says', () => {
    const plan = { ...fakePlan(), cost: { pixelDwells: 1, seconds: 2, percent: 3 } };
    expect(planCost(shown(plan), plan, PIXELS)).toEqual({ pixelDwells: 1, seconds: 2, percent: 3 });
  });

  test('of one drawn by hand is counted with dwell, fly-back and set-up', () => {
    const plan = fakePlan();
    expect(regionSeconds(drawn, plan)).toBeCloseTo(40 * 0.01 + 4 * 0.02 + 3, 12);
    const cost = planCost([drawn], plan, PIXELS);
    expect(cost.pixelDwells).toBe(40);
    expect(cost.seconds).toBeCloseTo(3.48, 12);
    expect(cost.percent).toBeCloseTo((100 * 3.48) / (PIXELS * 0.01), 9);
  });

  test('without a known dwell time is counted in pixel-dwells', () => {
    const plan = fakePlan({ timing: false });
    expect(regionSeconds(drawn, plan)).toBeUndefined();
    expect(planCost([drawn], plan, PIXELS)).toEqual({ pixelDwells: 40, percent: (100 * 40) / PIXELS });
  });

  test('is a dose where that is known: on average, and of the pixel that takes most', () => {
    const cost = planCost([drawn], { ...fakePlan(), doseRate: 100 }, PIXELS);
    expect(cost.dose).toBeCloseTo((100 * 40) / PIXELS, 9);
    expect(cost.mostDose).toBe(200);
  });
});

describe('pixels beyond the limit of dose', () => {
  const limit = { doseRate: 100, doseLimit: 350 };
  const one = { y: 0, x: 0, height: 1, width: 4, dwells: 2 };

  test('are those whose dwells by now and to come are too many; regions that overlap add up', () => {
    expect(pixelsOverLimit([one], limit, undefined, 4)).toBe(0);
    expect(pixelsOverLimit([one, { ...one, width: 3, dwells: 1 }], limit, undefined, 4)).toBe(3);
    expect(pixelsOverLimit([one], limit, Float32Array.of(1, 2, 0, Number.NaN), 4)).toBe(1);
  });

  test('are none where no limit is given or the dose is not known', () => {
    expect(pixelsOverLimit([{ ...one, dwells: 99 }], { doseRate: 100 }, undefined, 4)).toBe(0);
    expect(pixelsOverLimit([{ ...one, dwells: 99 }], { doseLimit: 1 }, undefined, 4)).toBe(0);
  });
});

describe('what a region drawn by hand gains', () => {
  const region = { ...fakePlan().regions[0], y: 0, x: 0, height: 2, width: 2, dwells: 2, gain: 4 };
  // Linear 2 · 4 · 1 = 8, but the planner says 4: the second dwell gains less.
  const value = Float32Array.from({ length: 16 }, () => 1);
  const plan = { regions: [region] };

  test('is read off the value map, by as much less as the proposal has it', () => {
    const moved: ShownRegion = { ...drawn, y: 2, x: 1, height: 2, width: 2 };
    expect(regionGain(moved, plan, value, 4)).toBeCloseTo(4, 9);
    expect(regionGain({ ...moved, height: 1 }, plan, value, 4)).toBeCloseTo(2, 9);
  });

  test('leaves out pixels without a value, and is not known without the map', () => {
    const holes = Float32Array.from(value, (one, i) => (i < 12 ? one : Number.NaN));
    expect(regionGain({ ...drawn, y: 2, x: 0, height: 2, width: 2 }, plan, holes, 4)).toBeCloseTo(2, 9);
    expect(regionGain(drawn, plan, undefined, 4)).toBeUndefined();
  });
});

describe('a budget', () => {
  const plan = { ...fakePlan(), doseRate: 120 };

  test('is offered in the units that are known', () => {
    expect(knownUnits(plan, PIXELS)).toEqual(['percent', 'seconds', 'pixels', 'dose']);
    expect(knownUnits(fakePlan({ timing: false }), PIXELS)).toEqual(['percent', 'pixels']);
  });

  test('is the same share of the first pass in every unit', () => {
    expect(inUnit(25, 'seconds', plan, PIXELS)).toEqual({ unit: 'seconds', value: 2.56 });
    expect(inUnit(25, 'pixels', plan, PIXELS)).toEqual({ unit: 'pixels', value: 256 });
    expect(inUnit(25, 'dose', plan, PIXELS)).toEqual({ unit: 'dose', value: 30 });
    for (const unit of knownUnits(plan, PIXELS))
      expect(percentOf(inUnit(25, unit, plan, PIXELS), plan, PIXELS)).toBeCloseTo(25, 6);
    expect(percentOf({ unit: 'seconds', value: 1 }, fakePlan({ timing: false }), PIXELS)).toBeUndefined();
  });

  test('stands at the stop of the slider that is nearest', () => {
    expect(BUDGET_STOPS[nearestStop(25)]).toBe(25);
    expect(BUDGET_STOPS[nearestStop(17.4)]).toBe(18);
    expect(BUDGET_STOPS[nearestStop(900)]).toBe(100);
  });
});
