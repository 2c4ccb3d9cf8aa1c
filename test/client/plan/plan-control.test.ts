import { computed, signal } from '@preact/signals-core';
import { beforeEach, expect, test } from 'vitest';
import { PlanControl } from '../../../client/model/plan/plan-control.ts';
import type { Plan, PlanCommand } from '../../../protocol/index.ts';
import { fakePlan } from '../../support/fake-plan.ts';

const SHAPE: readonly [number, number] = [32, 32];
const plan = signal<Plan | undefined>(undefined);
const hoverPixel = signal<number | undefined>(undefined);
const isReadOnly = signal(false);
let commands: PlanCommand[];
let fault: string | undefined;
let control: PlanControl;

beforeEach(() => {
  plan.value = fakePlan();
  hoverPixel.value = undefined;
  isReadOnly.value = false;
  commands = [];
  fault = undefined;
  control = new PlanControl({
    plan,
    shape: computed(() => SHAPE),
    hoverPixel,
    isReadOnly,
    clock: { now: () => 0, later: () => {} },
    command: async (command) => {
      commands.push(command);
      return fault;
    },
  });
  control.open(true);
});

const at = (y: number, x: number): number => y * SHAPE[1] + x;

test('what lies under the pointer is the region that is meant, unless its row of the list is pointed at', () => {
  hoverPixel.value = at(5, 7);
  expect(control.hovered.value).toBe(1);
  control.hoverRow(3);
  expect(control.hovered.value).toBe(3);
  control.hoverRow(undefined);
  hoverPixel.value = at(0, 0);
  expect(control.hovered.value).toBeUndefined();
});

test('a click selects a region; on the selected one, or beside all with none selected, it means the pixel', () => {
  expect(control.selectAt(at(5, 7))).toBe(true);
  expect(control.selected.value).toBe(1);
  expect(control.selectAt(at(5, 7))).toBe(false);
  expect(control.selectAt(at(0, 0))).toBe(true);
  expect(control.selected.value).toBeUndefined();
  expect(control.selectAt(at(0, 0))).toBe(false);
  control.open(false);
  expect(control.selectAt(at(5, 7))).toBe(false);
});

test('keys move the selected region and change its size, and mean the pinned pixel otherwise', () => {
  expect(control.moveSelected(1, 0, false)).toBe(false);
  control.selectNext(1);
  expect(control.moveSelected(1, 2, false)).toBe(true);
  expect(control.edits.find(1)).toMatchObject({ y: 6, x: 7, height: 6, width: 8 });
  control.moveSelected(-3, 1, true);
  expect(control.edits.find(1)).toMatchObject({ y: 6, x: 7, height: 7, width: 5 });
  control.open(false);
  expect(control.moveSelected(1, 0, false)).toBe(false);
});

test('after a region is removed the next one is selected', () => {
  control.select(2);
  control.removeSelected();
  expect(control.selected.value).toBe(3);
  control.removeSelected();
  expect(control.selected.value).toBe(1);
  control.removeSelected();
  expect(control.selected.value).toBeUndefined();
  expect(control.removeSelected()).toBe(false);
});

test('a region can be added without a mouse, around the pinned pixel and inside the scan', () => {
  control.toggleAdding();
  control.addAround(at(31, 0));
  expect(control.isAdding.value).toBe(false);
  expect(control.edits.find(control.selected.value)).toMatchObject({ y: 28, x: 0, height: 4, width: 4 });
});

test('the yes sends the rectangles as they are shown, and is the end of the editing', async () => {
  control.select(1);
  control.moveSelected(1, 0, false);
  control.edits.remove(2);
  await control.accept();
  expect(commands).toEqual([
    {
      type: 'accept-plan',
      epoch: 1,
      rectangles: [
        { y: 4, x: 7, height: 6, width: 8, dwells: 2 },
        { y: 26, x: 2, height: 4, width: 10, dwells: 1 },
      ],
    },
  ]);
  expect(control.edits.isEdited.value).toBe(false);
});

test('a yes that is refused leaves the edited plan as it is', async () => {
  fault = 'the scan has changed';
  control.edits.remove(2);
  expect(await control.accept()).toBe('the scan has changed');
  expect(control.edits.isEdited.value).toBe(true);
});

test('what was sent is not changed before it is withdrawn', () => {
  plan.value = { ...fakePlan(), status: 'accepted' };
  control.select(1);
  expect(control.canEdit.value).toBe(false);
  expect(control.moveSelected(1, 0, false)).toBe(false);
  control.toggleAdding();
  expect(control.isAdding.value).toBe(false);
  void control.withdraw();
  expect(commands).toEqual([{ type: 'withdraw-plan', epoch: 1 }]);
});

test('a recording asks for nothing', async () => {
  isReadOnly.value = true;
  control.setTerm('novelty', false);
  control.setBudget({ unit: 'percent', value: 5 });
  expect(await control.accept()).toContain('recorded');
  expect(commands).toEqual([]);
  expect(control.canEdit.value).toBe(false);
});

test('switches and slider ask for what stands besides them', async () => {
  control.setBudget({ unit: 'percent', value: 5 });
  control.setTerm('novelty', false);
  expect(control.request.value).toEqual({
    budget: { unit: 'percent', value: 5 },
    terms: ['classes', 'presence', 'missing'],
  });
  control.setTerm('novelty', true);
  expect(control.request.value?.terms).toContain('novelty');
  expect(commands[0]).toMatchObject({ type: 'plan', epoch: 1, request: { budget: { value: 5 } } });
});

test('Esc ends the adding, then lets go of the region, then means something else', () => {
  control.select(1);
  control.toggleAdding();
  expect(control.cancel()).toBe(true);
  expect(control.selected.value).toBe(1);
  expect(control.cancel()).toBe(true);
  expect(control.selected.value).toBeUndefined();
  expect(control.cancel()).toBe(false);
});
