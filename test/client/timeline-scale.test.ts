import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  groupMarks,
  momentAt,
  positionOf,
  progressPath,
  timeTicks,
} from '../../client/geometry/timeline-scale.ts';

const START = Date.UTC(2026, 10, 27, 13, 3);
const scale = (seconds: number, width = 1000) => ({ start: START, end: START + 1000 * seconds, width });

describe('moments and positions', () => {
  test('are the same thing, to a pixel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e8 }),
        fc.integer({ min: 1, max: 4000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (length, width, share) => {
          const one = { start: START, end: START + length, width };
          const at = START + share * length;
          expect(Math.abs(momentAt(one, positionOf(one, at)) - at)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('end with the recording', () => {
    expect(positionOf(scale(10), START - 5000)).toBe(0);
    expect(positionOf(scale(10), START + 15_000)).toBe(1000);
    expect(momentAt(scale(10), -20)).toBe(START);
    expect(momentAt(scale(10), 2000)).toBe(START + 10_000);
  });

  test('exist for a recording of one moment, and on a page without width', () => {
    expect(positionOf({ start: START, end: START, width: 500 }, START)).toBe(0);
    expect(momentAt({ start: START, end: START, width: 500 }, 250)).toBe(START);
    expect(momentAt({ ...scale(10), width: 0 }, 3)).toBe(START + 10_000);
  });
});

test('the progress curve rises from the foot to the share that was measured, and stays there', () => {
  const path = progressPath(
    [
      [START, 0],
      [START + 5000, 500],
    ],
    1000,
    scale(10, 100),
    20,
  );
  expect(path).toBe('M0 20L0.0 20.0L50.0 10.0L100.0 10.0V20Z');
});

describe('marks', () => {
  test('in one place are one, and none is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 60 }), (moments) => {
        const marks = moments.map((ms) => ({ at: START + ms }));
        const groups = groupMarks(marks, scale(100), 9);
        expect(groups.flatMap((group) => group.marks)).toHaveLength(marks.length);
        groups.forEach((group, i) => {
          expect(group.at).toBe(group.marks[0].at);
          if (i > 0) expect(group.x - groups[i - 1].x).toBeGreaterThan(9);
        });
      }),
    );
  });
});

describe('labels of the axis', () => {
  test('are evenly and widely enough spaced, inside the recording, at round times', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 * 86_400_000 }),
        fc.integer({ min: 90, max: 3000 }),
        (ms, width) => {
          const one = { start: START + 1234, end: START + 1234 + ms, width };
          const { step, ticks } = timeTicks(one, 84, START);
          for (const [i, tick] of ticks.entries()) {
            expect((tick.at - START) % step).toBe(0);
            expect(tick.at).toBeGreaterThanOrEqual(one.start);
            expect(tick.at).toBeLessThanOrEqual(one.end);
            if (i > 0) expect(tick.x - ticks[i - 1].x).toBeGreaterThan(84 - 1e-6);
          }
        },
      ),
    );
  });

  test('are every ten seconds over two minutes on a wide page', () => {
    const { step, ticks } = timeTicks(scale(120, 1200), 84, START);
    expect(step).toBe(10_000);
    expect(ticks).toHaveLength(13);
  });
});
