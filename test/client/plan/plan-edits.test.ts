import { signal } from '@preact/signals-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { DRAG, MOST_DWELLS, PlanEdits } from '../../../client/model/plan/plan-edits.ts';
import type { Plan } from '../../../protocol/index.ts';
import { fakePlan } from '../../support/fake-plan.ts';

const plan = signal<Plan | undefined>(undefined);
let now = 0;
let edits: PlanEdits;

beforeEach(() => {
  now = 0;
  plan.value = fakePlan();
  edits = new PlanEdits(plan, () => now);
});

const places = () => edits.regions.value.map(({ number, y, x }) => [number, y, x]);
const first = () => edits.regions.value[0];
const moveFirst = (y: number, kind = 'move') => edits.change(1, { ...first(), y }, kind);

test('the proposal is followed until something is changed', () => {
  expect(places()).toEqual([
    [1, 4, 6],
    [2, 20, 18],
    [3, 26, 2],
  ]);
  const moved = fakePlan();
  moved.regions[0].y = 5;
  plan.value = { ...moved, number: 2 };
  expect(first().y).toBe(5);
  expect(edits.isEdited.value).toBe(false);
});

test('the first change holds the plan, whatever is proposed from then on', () => {
  moveFirst(9);
  expect(edits.isEdited.value).toBe(true);
  expect(edits.hasMovedOn.value).toBe(false);
  plan.value = { ...fakePlan(), number: 2, regions: [] };
  expect(places()).toHaveLength(3);
  expect(edits.hasMovedOn.value).toBe(true);
  edits.discard();
  expect(places()).toEqual([]);
  expect(edits.hasMovedOn.value).toBe(false);
  edits.undo();
  expect(first().y).toBe(9);
});

test('a plan that was accepted elsewhere is shown as it was sent; what was edited comes back when it is withdrawn', () => {
  moveFirst(9);
  plan.value = { ...fakePlan(), number: 2, status: 'accepted' };
  expect(first().y).toBe(4);
  expect(edits.isEdited.value).toBe(false);
  plan.value = { ...fakePlan(), number: 3 };
  expect(first().y).toBe(9);
  expect(edits.hasMovedOn.value).toBe(true);
});

test('a region that was changed has no figures of the proposal, and has them again when it is changed back', () => {
  moveFirst(9);
  expect(first().proposed).toBeUndefined();
  now = 5000;
  moveFirst(4);
  expect(first().proposed?.gain).toBe(21);
});

test('what is no change is none', () => {
  expect(moveFirst(4)).toBe(false);
  expect(edits.change(99, first(), 'move')).toBe(false);
  expect(edits.isEdited.value).toBe(false);
  expect(edits.canUndo.value).toBe(false);
});

describe('undo', () => {
  test('goes back step by step to the proposal, and forward again', () => {
    moveFirst(9);
    now = 5000;
    moveFirst(12);
    edits.remove(2);
    expect(places()).toHaveLength(2);
    edits.undo();
    expect(places()).toHaveLength(3);
    edits.undo();
    expect(first().y).toBe(9);
    edits.undo();
    expect(edits.isEdited.value).toBe(false);
    expect(edits.canUndo.value).toBe(false);
    edits.undo();
    edits.redo();
    edits.redo();
    edits.redo();
    expect(places()).toEqual([
      [1, 12, 6],
      [3, 26, 2],
    ]);
    expect(edits.canRedo.value).toBe(false);
  });

  test('takes keys that follow each other at once as one step, and a drag as one however long it takes', () => {
    for (let y = 5; y < 12; y++) {
      now += 100;
      moveFirst(y);
    }
    edits.undo();
    expect(first().y).toBe(4);
    edits.endStep();
    for (let y = 5; y < 12; y++) {
      now += 3000;
      moveFirst(y, DRAG);
    }
    edits.endStep();
    moveFirst(20, DRAG);
    edits.undo();
    expect(first().y).toBe(11);
    edits.undo();
    expect(first().y).toBe(4);
  });

  test('a new change ends what could be done again', () => {
    moveFirst(9);
    edits.undo();
    edits.remove(3);
    expect(edits.canRedo.value).toBe(false);
  });
});

test('a region of the operator gets a number that no other has, even of those that were removed', () => {
  edits.remove(3);
  expect(edits.add({ y: 0, x: 0, height: 2, width: 2 })).toBe(4);
  expect(edits.add({ y: 0, x: 0, height: 2, width: 2 })).toBe(5);
  expect(edits.find(4)).toMatchObject({ dwells: 1, proposed: undefined });
});

test('dwells are kept to what a scan generator can do', () => {
  edits.change(1, { ...first(), dwells: 1e6 }, 'dwells');
  expect(first().dwells).toBe(MOST_DWELLS);
});
