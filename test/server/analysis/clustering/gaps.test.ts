import { describe, expect, it } from 'vitest';
import { distinctSpectra } from '../../../../server/analysis/clustering/class-number.ts';
import { dip, dipLimit } from '../../../../server/analysis/clustering/dip.ts';
import { hasGaps } from '../../../../server/analysis/clustering/gaps.ts';
import { keptNumbers } from '../../../../server/analysis/clustering/labels.ts';
import { atMost, hasValley } from '../../../../server/analysis/clustering/valley.ts';
import { RandomStream } from '../../../../server/microscope/random.ts';
import { oracle } from '../../../support/oracle.ts';

describe('the dip', () => {
  it.each(oracle<{ name: string; values: number[]; dip: number }[]>('dip'))(
    'of $name is what linear programs find by its definition',
    ({ values, dip: expected }) => {
      expect(dip(values)).toBeCloseTo(expected, 9);
    },
  );

  it('is 1/(2n) for equal steps and a quarter for two equal values in equal number', () => {
    expect(dip([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])).toBeCloseTo(0.05, 12);
    expect(dip([0, 0, 0, 0, 1, 1, 1, 1])).toBeCloseTo(0.25, 12);
    expect(dip([3, 3, 3, 3])).toBeCloseTo(0.125, 12);
  });

  // Table of the R package diptest (M. Maechler).
  it.each([
    [50, 0.01, 0.0812],
    [100, 0.05, 0.05113],
    [100, 0.001, 0.06845],
    [1000, 0.01, 0.01961],
    [1000, 0.0001, 0.02561],
    [20_000, 0.001, 0.005209],
  ])('has published limits: n = %d, error %d', (n, error, published) => {
    expect(Math.abs(dipLimit(n, error) / published - 1)).toBeLessThan(0.025);
  });

  it('exceeds its limit in one uniform sample of twenty', () => {
    const random = new RandomStream(5, 0, 0);
    let beyond = 0;
    for (let repeat = 0; repeat < 1000; repeat++)
      if (dip(Float64Array.from({ length: 80 }, () => random.uniform()).sort()) > dipLimit(80, 0.05))
        beyond++;
    expect(beyond).toBeGreaterThan(30);
    expect(beyond).toBeLessThan(70);
  });
});

describe('the valley', () => {
  it('is judged by the binomial distribution', () => {
    expect(atMost(3, 10)).toBeCloseTo(176 / 1024, 12);
    expect(atMost(10, 10)).toBe(1);
  });

  it('is seen beside a small group, and not in one peak', () => {
    const random = new RandomStream(7, 0, 0);
    const some = (n: number, share: number) =>
      Float64Array.from({ length: n }, () => random.normal() + (random.uniform() < share ? 8 : 0)).sort();
    expect(hasValley(some(300, 0.1), some(600, 0.1), 0.01)).toBe(true);
    expect(hasValley(some(300, 0), some(600, 0), 0.01)).toBe(false);
  });
});

describe('gaps between spectra', () => {
  const share = (place: (random: RandomStream) => number[], pixels = 400) => {
    let found = 0;
    for (let repeat = 0; repeat < 30; repeat++) {
      const random = new RandomStream(9, repeat, pixels);
      const points = new Float32Array(4 * pixels);
      for (let p = 0; p < pixels; p++) {
        const at = place(random);
        for (let i = 0; i < 4; i++) points[4 * p + i] = (at[i] ?? 0) + random.normal();
      }
      if (hasGaps(points, 4, repeat)) found++;
    }
    return found / 30;
  };

  it.each([
    ['one heap', () => []],
    ['a gradient', (r: RandomStream) => [30 * r.uniform()]],
    ['two gradients', (r: RandomStream) => [30 * r.uniform(), 30 * r.uniform()]],
    ['thirty steps', (r: RandomStream) => [5 * Math.floor(30 * r.uniform())]],
  ])('are not found in %s', (_, place) => {
    expect(share(place)).toBeLessThanOrEqual(0.1);
  });

  it.each([
    ['two groups', (r: RandomStream) => [r.uniform() < 0.5 ? 0 : 6]],
    ['a large and a small group', (r: RandomStream) => [r.uniform() < 0.8 ? 0 : 7]],
    [
      'two groups with mixtures between',
      (r: RandomStream) => [r.uniform() < 0.25 ? 12 * r.uniform() : 12 * Math.round(r.uniform())],
    ],
    ['three groups', (r: RandomStream) => [6 * Math.floor(3 * r.uniform())]],
  ])('are found between %s', (_, place) => {
    expect(share(place)).toBeGreaterThanOrEqual(0.9);
  });
});

describe('spectra and numbers', () => {
  it('are counted without those that differ by rounding', () => {
    expect(distinctSpectra(Float32Array.of(1, 2, 1, 2 + 1e-6, 5, 5), 2, 15)).toBe(2);
    expect(distinctSpectra(Float32Array.of(1, 2, 3, 4), 1, 3)).toBe(3);
    expect(distinctSpectra(new Float32Array(8), 2, 15)).toBe(1);
  });

  it('stay with the pixels, whatever their order by size', () => {
    const before = Int16Array.of(0, 0, 0, 1, 1, -1);
    expect(keptNumbers(Int16Array.of(1, 1, 1, 0, 0, 0), 2, before, 2)).toEqual([1, 0]);
    expect(keptNumbers(Int16Array.of(2, 2, 1, 0, 0, 0), 3, before, 2)).toEqual([1, 2, 0]);
    expect(keptNumbers(Int16Array.of(0, 0), 1, Int16Array.of(-2, -2), 0)).toEqual([0]);
  });
});
