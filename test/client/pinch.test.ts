import { expect, test } from 'vitest';
import { Pinch } from '../../client/interaction/pinch.ts';

const at = (pointerId: number, clientX: number, clientY: number) => ({ pointerId, clientX, clientY });

test('two fingers zoom about their middle and move it; one does neither', () => {
  const pinch = new Pinch();
  expect(pinch.down(at(1, 0, 0))).toBe(false);
  expect(pinch.move(at(1, 10, 0))).toBeUndefined();
  expect(pinch.down(at(2, 30, 0))).toBe(true);
  expect(pinch.move(at(2, 50, 0))).toEqual({ clientX: 30, clientY: 0, dx: 10, dy: 0, factor: 2 });
  pinch.up(at(1, 10, 0));
  expect(pinch.move(at(2, 80, 0))).toBeUndefined();
});
