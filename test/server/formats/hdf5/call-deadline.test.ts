import { expect, it } from 'vitest';
import { callWithin, OVERDUE } from '../../../../server/formats/hdf5/call-deadline.ts';

it('gives back what a call gives, or throws what it throws', () => {
  expect(callWithin(1000, () => callWithin(1000, () => 7))).toBe(7);
  const error = new RangeError('five');
  expect(() =>
    callWithin(1000, () => {
      throw error;
    }),
  ).toThrow(error);
});

it('ends a call that does not end by itself', () => {
  const start = performance.now();
  let turns = 0;
  const endless = () => {
    for (;;) turns++;
  };
  expect(() => callWithin(50, endless)).toThrow(expect.objectContaining({ code: OVERDUE }));
  expect(turns).toBeGreaterThan(0);
  expect(performance.now() - start).toBeLessThan(5000);
  expect(callWithin(1000, () => 8)).toBe(8);
});
