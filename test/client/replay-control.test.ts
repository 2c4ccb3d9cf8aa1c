import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ReplayControl } from '../../client/model/recordings/replay-control.ts';
import type { Player, PlayerCommand } from '../../protocol/index.ts';

let sent: { command: PlayerCommand; at: number }[];
let answer: (() => void)[];
let control: ReplayControl;

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  answer = [];
  control = new ReplayControl(
    (command) => {
      sent.push({ command, at: Date.now() });
      return new Promise((resolve) => answer.push(() => resolve(undefined)));
    },
    { now: () => Date.now(), later: (run, ms) => setTimeout(run, ms) },
  );
});
afterEach(() => {
  vi.useRealTimers();
});

const answerAll = async (): Promise<void> => {
  for (const resolve of answer.splice(0)) resolve();
  await vi.advanceTimersByTimeAsync(0);
};

describe('dragging', () => {
  test('asks for one moment at a time, and in the end for the last one', async () => {
    for (let at = 0; at < 50; at++) control.seek(at);
    expect(sent.map(({ command }) => command)).toEqual([{ type: 'seek', at: 0 }]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(1);
    await answerAll();
    expect(sent.at(-1)?.command).toEqual({ type: 'seek', at: 49 });
    expect(sent).toHaveLength(2);
  });

  test('asks at most ten times a second, however fast the answers are', async () => {
    for (let ms = 0; ms < 2000; ms += 5) {
      control.seek(ms);
      await answerAll();
      await vi.advanceTimersByTimeAsync(5);
    }
    expect(sent.length).toBeLessThanOrEqual(21);
    expect(sent.length).toBeGreaterThan(15);
    for (let i = 1; i < sent.length; i++) expect(sent[i].at - sent[i - 1].at).toBeGreaterThanOrEqual(100);
  });

  test('takes the playhead along at once, and lets it go when the monitor is there', async () => {
    control.hold(true);
    control.seek(700);
    expect(control.scrubbedTo.value).toBe(700);
    await answerAll();
    await vi.advanceTimersByTimeAsync(1000);
    expect(control.scrubbedTo.value).toBe(700);
    control.hold(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(control.scrubbedTo.value).toBeUndefined();
  });

  test('keeps the playhead while an answer is out, also when the pointer is up', async () => {
    control.seek(700);
    control.hold(false);
    await vi.advanceTimersByTimeAsync(3000);
    expect(control.scrubbedTo.value).toBe(700);
    await answerAll();
    await vi.advanceTimersByTimeAsync(200);
    expect(control.scrubbedTo.value).toBeUndefined();
  });

  test('ends with the connection', async () => {
    control.seek(1);
    control.seek(2);
    control.reset();
    await answerAll();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(1);
    expect(control.scrubbedTo.value).toBeUndefined();
  });
});

test('rows to step add up while an answer is out', async () => {
  for (let i = 0; i < 5; i++) control.step(1);
  control.step(-10);
  await answerAll();
  await vi.advanceTimersByTimeAsync(100);
  expect(sent.map(({ command }) => command)).toEqual([
    { type: 'step', rows: 1 },
    { type: 'step', rows: -6 },
  ]);
});

test('play and pause take turns', () => {
  const player = { state: 'playing' } as Player;
  control.toggle(player);
  control.toggle({ ...player, state: 'ended' });
  control.toggle(undefined);
  expect(sent.map(({ command }) => command.type)).toEqual(['pause', 'play']);
});
