import { effect, signal } from '@preact/signals-core';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Inbox } from '../../client/transport/inbox.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('takes a burst in order, and what follows it runs once', () => {
  const count = signal(0);
  const seen: number[] = [];
  effect(() => {
    seen.push(count.value);
  });
  const taken: unknown[] = [];
  const inbox = new Inbox((item) => {
    taken.push(item);
    count.value++;
  });
  for (const item of ['a', 'b', 'c']) inbox.push(item);
  expect(taken).toEqual([]);
  vi.runAllTimers();
  expect(taken).toEqual(['a', 'b', 'c']);
  expect(seen).toEqual([0, 3]);
});

test('lets the page have its turn when messages take long, and goes on afterwards', () => {
  const taken: unknown[] = [];
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  const inbox = new Inbox((item) => {
    taken.push(item);
    now += 4;
  });
  for (let i = 0; i < 5; i++) inbox.push(String(i));
  vi.advanceTimersToNextTimer();
  const slices = [taken.length];
  while (vi.getTimerCount() > 0) {
    vi.advanceTimersToNextTimer();
    slices.push(taken.length);
  }
  expect(slices[0]).toBeLessThan(5);
  expect(taken).toEqual(['0', '1', '2', '3', '4']);
});

test('does not let much wait where timers are seldom called', () => {
  const taken: unknown[] = [];
  const inbox = new Inbox((item) => taken.push(item));
  for (let i = 0; i < 5; i++) inbox.push(new ArrayBuffer(1024 * 1024));
  expect(taken).toHaveLength(5);
  inbox.push('later');
  expect(taken).toHaveLength(5);
  vi.runAllTimers();
  expect(taken.at(-1)).toBe('later');
});
