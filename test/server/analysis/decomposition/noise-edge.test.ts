import { expect, it } from 'vitest';
import { noiseEdge } from '../../../../server/analysis/decomposition/noise-edge.ts';
import { oracle } from '../../../support/oracle.ts';

const cases =
  oracle<{ columns: number; variances: number[]; counts: number[]; largest: number }[]>('noise-edge');

it('is the edge of Marchenko and Pastur where all rows are equally noisy', () => {
  for (const [rows, columns] of [
    [1000, 100],
    [300, 300],
    [100, 400],
  ])
    expect(noiseEdge([3], [rows], columns)).toBeCloseTo((1 + Math.sqrt(columns / rows)) ** 2, 6);
});

it.each(cases)('is what numpy finds for variances $variances of $counts rows', (one) => {
  // The largest eigenvalue of finite matrices stays a little below its limit.
  const edge = noiseEdge(one.variances, one.counts, one.columns);
  expect(one.largest / edge).toBeLessThan(1.01);
  expect(one.largest / edge).toBeGreaterThan(0.96);
});
