import { describe, expect, test } from 'vitest';
import type { Clock } from '../../client/model/live/spectrum-requests.ts';
import { SpectrumRequests } from '../../client/model/live/spectrum-requests.ts';
import { fillMask } from '../../client/model/maps/selection-mask.ts';
import { Selection } from '../../client/model/selection.ts';
import type { SpectrumRequest } from '../../protocol/index.ts';

const silicon = { edge: 'Si-L', identity: 2 };
const carbon = { edge: 'C-K', identity: 0 };

describe('selection', () => {
  test('the pinned pixel keeps the spectrum, the pointer keeps the marks', () => {
    const selection = new Selection();
    selection.hover(5);
    expect(selection.spectrumPixel.value).toBe(5);
    selection.pin(9);
    selection.hover(6);
    expect(selection.spectrumPixel.value).toBe(9);
    expect(selection.markedPixel.value).toBe(6);
    selection.hover(undefined);
    expect(selection.markedPixel.value).toBe(9);
  });

  test('pinning or selecting the same again lets go', () => {
    const selection = new Selection();
    selection.pin(3);
    selection.pin(3);
    expect(selection.pinnedPixel.value).toBeUndefined();
    selection.select([silicon]);
    selection.select([{ ...silicon }]);
    expect(selection.selectedFocus.value).toEqual([]);
  });

  test('a hovered class shows through the selected one', () => {
    const selection = new Selection();
    selection.select([silicon]);
    selection.hoverClasses([silicon, carbon]);
    expect(selection.focus.value).toEqual([silicon, carbon]);
    selection.hoverClasses([]);
    expect(selection.focus.value).toEqual([silicon]);
  });

  test('Esc goes back one step at a time', () => {
    const selection = new Selection();
    selection.pin(3);
    selection.select([silicon]);
    selection.escape();
    expect(selection.selectedFocus.value).toEqual([]);
    expect(selection.pinnedPixel.value).toBe(3);
    selection.escape();
    expect(selection.pinnedPixel.value).toBeUndefined();
  });

  test('a pair keeps the pixels that belong to both classes', () => {
    const a = Int16Array.of(0, 0, 1, -1, -2);
    const b = Int16Array.of(3, -1, 3, 3, -2);
    const mask = new Uint8Array(5);
    fillMask([{ labels: a, label: 0 }], mask);
    expect([...mask]).toEqual([255, 255, 0, 0, 0]);
    fillMask(
      [
        { labels: a, label: 0 },
        { labels: b, label: 3 },
      ],
      mask,
    );
    expect([...mask]).toEqual([255, 0, 0, 0, 0]);
  });
});

describe('spectrum requests', () => {
  function setUp() {
    const sent: SpectrumRequest[] = [];
    const timers: { run: () => void; at: number }[] = [];
    let now = 0;
    let connected = true;
    const clock: Clock = {
      now: () => now,
      later: (run, ms) => timers.push({ run, at: now + ms }),
    };
    const requests = new SpectrumRequests((message) => connected && sent.push(message) > 0, clock);
    return {
      requests,
      sent,
      connect: (is: boolean) => {
        connected = is;
      },
      advance: (ms: number) => {
        now += ms;
        for (const timer of timers.splice(0))
          if (timer.at <= now) timer.run();
          else timers.push(timer);
      },
    };
  }

  test('one at a time, and then only the newest', () => {
    const { requests, sent, advance } = setUp();
    requests.ask(1);
    requests.ask(2);
    requests.ask(3);
    expect(sent.map(({ pixel }) => pixel)).toEqual([1]);
    advance(100);
    requests.answered({ request: sent[0].request });
    expect(sent.map(({ pixel }) => pixel)).toEqual([1, 3]);
  });

  test('never faster than the pace, but the last one is always asked', () => {
    const { requests, sent, advance } = setUp();
    for (let pixel = 0; pixel < 10; pixel++) {
      requests.ask(pixel);
      requests.answered({ request: sent.at(-1)?.request ?? 0 });
    }
    expect(sent).toHaveLength(1);
    advance(40);
    expect(sent.map(({ pixel }) => pixel)).toEqual([0, 9]);
  });

  test('an answer that never comes does not block for ever', () => {
    const { requests, sent, advance } = setUp();
    requests.ask(1);
    advance(3001);
    requests.ask(2);
    expect(sent.map(({ pixel }) => pixel)).toEqual([1, 2]);
    requests.answered({ request: sent[0].request });
    requests.ask(3);
    expect(sent).toHaveLength(2);
  });

  test('a new connection starts anew', () => {
    const { requests, sent, connect, advance } = setUp();
    connect(false);
    requests.ask(1);
    connect(true);
    requests.reset();
    advance(50);
    requests.ask(2);
    expect(sent.map(({ pixel }) => pixel)).toEqual([2]);
  });
});
