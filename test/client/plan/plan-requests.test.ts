import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PlanRequests } from '../../../client/model/plan/plan-requests.ts';
import type { PlanRequest } from '../../../protocol/index.ts';
import { fakePlan } from '../../support/fake-plan.ts';

const asked = (value: number): PlanRequest => ({
  budget: { unit: 'percent', value },
  terms: ['classes', 'novelty'],
});

let sent: { request: PlanRequest; at: number }[];
let answers: ((fault?: string) => void)[];
let requests: PlanRequests;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  answers = [];
  requests = new PlanRequests(
    (request) => {
      sent.push({ request, at: Date.now() });
      return new Promise((resolve) => answers.push(resolve));
    },
    { now: () => Date.now(), later: (run, ms) => setTimeout(run, ms) },
  );
});
afterEach(() => {
  vi.useRealTimers();
});

const answerAll = async (fault?: string): Promise<void> => {
  for (const answer of answers.splice(0)) answer(fault);
  await vi.advanceTimersByTimeAsync(0);
};

test('a slider that is dragged asks one at a time, and in the end for where it stands', async () => {
  for (let value = 1; value <= 50; value++) requests.ask(asked(value));
  await vi.advanceTimersByTimeAsync(3000);
  expect(sent.map(({ request }) => request.budget.value)).toEqual([1]);
  await answerAll();
  expect(sent.map(({ request }) => request.budget.value)).toEqual([1, 50]);
});

test('however fast the answers are it asks at most ten times a second', async () => {
  for (let ms = 0; ms < 2000; ms += 5) {
    requests.ask(asked(ms + 1));
    await answerAll();
    await vi.advanceTimersByTimeAsync(5);
  }
  await vi.advanceTimersByTimeAsync(200);
  expect(sent.length).toBeLessThanOrEqual(21);
  expect(sent.length).toBeGreaterThan(15);
  expect(sent.at(-1)?.request.budget.value).toBe(1996);
});

test('the control stands where the hand left it until the plan for it is there', async () => {
  requests.ask(asked(10));
  requests.received(fakePlan({ request: asked(25) }));
  expect(requests.wanted.value?.budget.value).toBe(10);
  await vi.advanceTimersByTimeAsync(1200);
  // The order of the terms says nothing.
  requests.received(fakePlan({ request: { ...asked(10), terms: ['novelty', 'classes'] } }));
  expect(requests.wanted.value).toBeUndefined();
  expect(requests.tookMs.value).toBe(1200);
});

test('what was refused, or never comes, is not waited for', async () => {
  requests.ask(asked(10));
  await answerAll('no');
  expect(requests.wanted.value).toBeUndefined();
  await vi.advanceTimersByTimeAsync(200);
  requests.ask(asked(20));
  await answerAll();
  expect(requests.wanted.value?.budget.value).toBe(20);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(requests.wanted.value).toBeUndefined();
});
