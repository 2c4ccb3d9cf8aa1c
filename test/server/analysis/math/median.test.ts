import fc from 'fast-check';
import { expect, it } from 'vitest';
import { median } from '../../../../server/analysis/math/median.ts';

it('is the middle of the sorted values, and leaves them alone', () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (list) => {
      const values = Float64Array.from(list);
      const sorted = values.toSorted();
      const [lower, upper] = [sorted[(list.length - 1) >> 1], sorted[list.length >> 1]];
      // The sum of two of the largest numbers there are overflows.
      const expected = list.length % 2 ? upper : (lower + upper) / 2;
      // Zeros of either sign are the same.
      expect(median(values) === expected).toBe(true);
      expect(Array.from(values)).toEqual(Array.from(Float64Array.from(list)));
    }),
  );
});

it('of none is not a number', () => {
  expect(median(new Float64Array(0))).toBeNaN();
});
