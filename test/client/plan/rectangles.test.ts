import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Grip, Rectangle, Shape } from '../../../client/geometry/rectangles.ts';
import { gripAt, moved, pulled, resized, smallestAt, spanned } from '../../../client/geometry/rectangles.ts';

const SHAPE: Shape = [20, 30];
const rectangle = fc
  .record({
    y: fc.integer({ min: 0, max: 19 }),
    x: fc.integer({ min: 0, max: 29 }),
    tall: fc.integer({ min: 1, max: 20 }),
    wide: fc.integer({ min: 1, max: 30 }),
  })
  .map(
    ({ y, x, tall, wide }): Rectangle => ({
      y,
      x,
      height: Math.min(tall, 20 - y),
      width: Math.min(wide, 30 - x),
    }),
  );
const step = fc.integer({ min: -60, max: 60 });
const side = fc.constantFrom(-1 as const, 0 as const, 1 as const);
const grip = fc.record({ y: side, x: side }) as fc.Arbitrary<Grip>;

const isInside = ({ y, x, height, width }: Rectangle): boolean =>
  y >= 0 && x >= 0 && height >= 1 && width >= 1 && y + height <= 20 && x + width <= 30;

describe('a region stays inside the scan', () => {
  test('moved, with its size kept', () => {
    fc.assert(
      fc.property(rectangle, step, step, (one, dy, dx) => {
        const next = moved(one, SHAPE, dy, dx);
        expect(isInside(next)).toBe(true);
        expect([next.height, next.width]).toEqual([one.height, one.width]);
      }),
    );
  });

  test('with another size, its first pixel kept', () => {
    fc.assert(
      fc.property(rectangle, step, step, (one, dy, dx) => {
        const next = resized(one, SHAPE, dy, dx);
        expect(isInside(next)).toBe(true);
        expect([next.y, next.x]).toEqual([one.y, one.x]);
      }),
    );
  });

  test('pulled by a side, the side across from it kept', () => {
    fc.assert(
      fc.property(rectangle, grip, step, step, (one, by, dy, dx) => {
        const next = pulled(one, SHAPE, by, dy, dx);
        expect(isInside(next)).toBe(true);
        if (by.y < 0) expect(next.y + next.height).toBe(one.y + one.height);
        else expect(next.y).toBe(one.y);
        if (by.x < 0) expect(next.x + next.width).toBe(one.x + one.width);
        else expect(next.x).toBe(one.x);
        if (by.y === 0) expect(next.height).toBe(one.height);
      }),
    );
  });

  test('drawn between two pixels, wherever the pointer ends', () => {
    fc.assert(
      fc.property(step, step, step, step, (y, x, toY, toX) => {
        expect(isInside(spanned([y, x], [toY, toX], SHAPE))).toBe(true);
      }),
    );
  });
});

test('both pixels of a drag belong to the region', () => {
  expect(spanned([8, 3], [5, 9], SHAPE)).toEqual({ y: 5, x: 3, height: 4, width: 7 });
  expect(spanned([8, 3], [8, 3], SHAPE)).toEqual({ y: 8, x: 3, height: 1, width: 1 });
});

test('a region inside another can be pointed at', () => {
  const outer = { y: 0, x: 0, height: 10, width: 10 };
  const inner = { y: 4, x: 4, height: 2, width: 2 };
  expect(smallestAt([outer, inner], 5, 5)).toBe(inner);
  expect(smallestAt([inner, outer], 6, 6)).toBe(outer);
  expect(smallestAt([outer, inner], 10, 0)).toBeUndefined();
});

test('a region is grabbed by corners and sides near its border, and by nothing in its middle', () => {
  const box = { left: 100, top: 50, width: 80, height: 40 };
  expect(gripAt(box, 98, 52, 7)).toEqual({ y: -1, x: -1 });
  expect(gripAt(box, 183, 70, 7)).toEqual({ y: 0, x: 1 });
  expect(gripAt(box, 140, 93, 7)).toEqual({ y: 1, x: 0 });
  expect(gripAt(box, 140, 70, 7)).toBeUndefined();
  expect(gripAt(box, 90, 70, 7)).toBeUndefined();
});

test('the middle of a region of few canvas pixels can still be grabbed, to move it', () => {
  expect(gripAt({ left: 100, top: 100, width: 8, height: 8 }, 104, 104, 7)).toBeUndefined();
});
