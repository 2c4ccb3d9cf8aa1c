import { expect, test } from 'vitest';
import { EmbeddingFrame } from '../../client/geometry/embedding-frame.ts';
import { IDENTITY } from '../../client/geometry/picking.ts';

const points = () => new Float32Array([0, 0, 1, 1, Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
const MARGIN = 0.08;

test('keeps still while points are added inside it, and grows when one leaves it', () => {
  const plane = new Float32Array(10).fill(Number.NaN);
  plane.set([0, 0, 1, 1]);
  const frame = new EmbeddingFrame();
  frame.changed(0, 2);
  const first = frame.box(plane, 1, IDENTITY);
  expect(first.width).toBeCloseTo(1 + 2 * MARGIN);
  expect(first.y).toBeCloseTo(-1 - MARGIN);
  plane.set([1.05, 0.5], 4);
  frame.changed(2, 3);
  expect(frame.box(plane, 1, IDENTITY)).toBe(first);
  plane.set([5, 0.5], 6);
  frame.changed(3, 4);
  expect(frame.box(plane, 1, IDENTITY).width).toBeCloseTo(5 * (1 + 2 * MARGIN));
});

test('is taken anew with a revision, and once more when all points are of it', () => {
  const plane = points();
  plane.set([9, 9, 9, 9], 4);
  const frame = new EmbeddingFrame();
  frame.changed(0, 4);
  frame.box(plane, 1, IDENTITY);
  plane.set([0, 0, 0.5, 0.5]);
  frame.changed(0, 2);
  expect(frame.box(plane, 2, IDENTITY).width).toBeCloseTo(9 * (1 + 2 * MARGIN));
  plane.set([0, 0, 0.5, 0.5], 4);
  frame.changed(2, 4);
  expect(frame.box(plane, 2, IDENTITY).width).toBeCloseTo(0.5 * (1 + 2 * MARGIN));
});

test('follows how the plane is turned', () => {
  const plane = new Float32Array([0, 0, 4, 1]);
  const frame = new EmbeddingFrame();
  frame.changed(0, 2);
  frame.box(plane, 1, IDENTITY);
  expect(frame.box(plane, 1, [0, 1, 0, 1, 0, 0]).height).toBeCloseTo(4 * (1 + 2 * MARGIN));
});
