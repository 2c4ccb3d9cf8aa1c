import { expect, it } from 'vitest';
import { binomialFrom, overSubtraction } from '../../../../server/analysis/background/over-subtraction.ts';

const ORACLE = [
  [1, 42, 0.0013498980316, 0.05515465268700894],
  [5, 42, 0.0013498980316, 3.657540198447658e-9],
  [30, 4096, 0.0013498980316, 3.226677581545737e-13],
  [1500, 1000000, 0.0013498980316, 3.0732306018071225e-5],
] as const;

it('the tail of a binomial distribution is that of scipy.stats.binom.sf', () => {
  // binom.sf(k − 1, n, p) of SciPy.
  for (const [k, n, p, tail] of ORACLE) expect(binomialFrom(k, n, p) / tail).toBeCloseTo(1, 6);
  expect(binomialFrom(0, 10, 0.1)).toBe(1);
});

it('says so when clearly more pixels are over-subtracted than noise explains', () => {
  expect(overSubtraction(5, 42)?.expected).toBeCloseTo(0.0567, 3);
  // One of 42 happens; so do a few more than expected of many.
  expect(overSubtraction(1, 42)).toBeUndefined();
  expect(overSubtraction(1600, 1e6)).toBeUndefined();
  expect(overSubtraction(4000, 1e6)).toBeDefined();
  expect(overSubtraction(0, 0)).toBeUndefined();
});
