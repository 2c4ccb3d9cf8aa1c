import { computed, signal } from '@preact/signals-core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { PlanStage } from '../../../client/interaction/plan-gestures.ts';
import { grabPlan, planCursor } from '../../../client/interaction/plan-gestures.ts';
import { PlanControl } from '../../../client/model/plan/plan-control.ts';
import type { Plan } from '../../../protocol/index.ts';
import { fakePlan } from '../../support/fake-plan.ts';

/** Ten canvas pixels per pixel of the scan. */
const stage: PlanStage = {
  shape: [32, 32],
  placement: { scale: 10, left: 50, top: 20 },
  reach: 7,
  isLarge: true,
};
/** The middle of a pixel. */
const over = (y: number, x: number) => ({ x: 50 + 10 * x + 5, y: 20 + 10 * y + 5 });

const plan = signal<Plan | undefined>(undefined);
let control: PlanControl;

beforeEach(() => {
  plan.value = fakePlan();
  control = new PlanControl({
    plan,
    shape: computed(() => stage.shape),
    hoverPixel: signal(undefined),
    isReadOnly: signal(false),
    clock: { now: () => 0, later: () => {} },
    command: async () => undefined,
  });
  control.open(true);
});

const first = () => control.edits.find(1);

describe('the selected region', () => {
  beforeEach(() => control.select(1));

  test('is moved by whole pixels with the pointer, in one step of undo', () => {
    const grabbed = grabPlan(control, stage, over(6, 9));
    for (let i = 0; i <= 34; i++) grabbed?.move({ x: over(6, 9).x + i, y: over(6, 9).y - i });
    expect(first()).toMatchObject({ y: 1, x: 9, height: 6, width: 8 });
    grabbed?.drop();
    control.edits.undo();
    expect(control.edits.isEdited.value).toBe(false);
  });

  test('is what it was when the drag is cancelled', () => {
    const grabbed = grabPlan(control, stage, over(6, 9));
    grabbed?.move(over(20, 20));
    grabbed?.cancel();
    expect(control.edits.isEdited.value).toBe(false);
    // A drag that changed nothing takes nothing back.
    control.edits.remove(3);
    const still = grabPlan(control, stage, over(6, 9));
    still?.cancel();
    expect(control.edits.regions.value).toHaveLength(2);
  });

  test('shows by the pointer what a press would do', () => {
    expect(planCursor(control, stage, over(6, 9))).toBe('move');
    expect(planCursor(control, stage, { x: 50 + 60, y: 20 + 40 })).toBe('nwse-resize');
    expect(planCursor(control, stage, { x: 50 + 140, y: 20 + 70 })).toBe('ew-resize');
    expect(planCursor(control, stage, over(22, 20))).toBeUndefined();
  });

  test('is not grabbed in a small map, nor once the plan is sent', () => {
    expect(grabPlan(control, { ...stage, isLarge: false }, over(6, 9))).toBeUndefined();
    plan.value = { ...fakePlan(), status: 'accepted' };
    expect(grabPlan(control, stage, over(6, 9))).toBeUndefined();
  });
});

test('a region that is not selected leaves the map to be dragged', () => {
  expect(grabPlan(control, stage, over(6, 9))).toBeUndefined();
});

describe('a region that is drawn', () => {
  test('begins and ends with the pixels under the pointer', () => {
    control.toggleAdding();
    expect(planCursor(control, stage, over(0, 0))).toBe('cell');
    const grabbed = grabPlan(control, { ...stage, isLarge: false }, over(10, 12));
    grabbed?.move(over(7, 15));
    expect(control.draft.value).toEqual({ y: 7, x: 12, height: 4, width: 4 });
    grabbed?.drop();
    expect(control.draft.value).toBeUndefined();
    expect(control.edits.find(4)).toMatchObject({ y: 7, x: 12, height: 4, width: 4, dwells: 1 });
    expect(control.selected.value).toBe(4);
    expect(control.isAdding.value).toBe(false);
  });

  test('is not there when Esc is pressed before the pointer is let go', () => {
    control.toggleAdding();
    const grabbed = grabPlan(control, stage, over(10, 12));
    grabbed?.move(over(7, 15));
    control.cancel();
    grabbed?.move(over(2, 2));
    grabbed?.drop();
    expect(control.draft.value).toBeUndefined();
    expect(control.edits.regions.value).toHaveLength(3);
  });
});
