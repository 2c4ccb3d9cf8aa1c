import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logFactorial, poisson } from '../../../server/microscope/poisson.ts';
import { RandomStream } from '../../../server/microscope/random.ts';

const draw = (mean: number, count: number, seed = 1): number[] => {
  const random = new RandomStream(seed);
  return Array.from({ length: count }, () => poisson(mean, random));
};

describe('Poisson deviates', () => {
  // Five standard errors: a correct sampler fails one of these in some 10^5 seeds, and the seed is fixed.
  it.each([0.1, 0.5, 1, 3, 9.9, 10, 12, 30, 100, 1000, 40_000])('have mean and variance %d', (mean) => {
    const count = 200_000;
    const values = draw(mean, count);
    const average = values.reduce((a, b) => a + b) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    expect(Math.abs(average - mean)).toBeLessThan(5 * Math.sqrt(mean / count));
    // Variance of the squared deviation: mean + 2 mean².
    expect(Math.abs(variance - mean)).toBeLessThan(5 * Math.sqrt((mean + 2 * mean * mean) / count));
  });

  it.each([0.3, 4, 10.5, 25, 80])('follow the distribution of mean %d value by value', (mean) => {
    const count = 400_000;
    const found = new Map<number, number>();
    for (const value of draw(mean, count, 7)) found.set(value, (found.get(value) ?? 0) + 1);
    let chi2 = 0;
    let cells = 0;
    for (let k = 0; k < mean + 12 * Math.sqrt(mean) + 10; k++) {
      const expected = count * Math.exp(k * Math.log(mean) - mean - logFactorial(k));
      if (expected < 10) continue;
      chi2 += ((found.get(k) ?? 0) - expected) ** 2 / expected;
      cells++;
    }
    // Mean of chi² is the number of cells, its standard deviation √(2 cells).
    expect(chi2).toBeLessThan(cells + 5 * Math.sqrt(2 * cells));
  });

  it('are 0 where nothing is expected', () => {
    expect([0, -1, Number.NaN].map((mean) => poisson(mean, new RandomStream(1)))).toEqual([0, 0, 0]);
  });
});

describe('log factorial', () => {
  it('continues from the table into the series', () => {
    for (const k of [1024, 1025, 5000])
      expect(logFactorial(k) - logFactorial(k - 1)).toBeCloseTo(Math.log(k), 9);
    expect(logFactorial(5)).toBeCloseTo(Math.log(120), 12);
  });
});

describe('random streams', () => {
  it('depend on their four words alone, whatever was drawn before', () => {
    const word = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(word, word, fc.nat(200), fc.nat(9), fc.nat(50), (seed, index, purpose, round, drawn) => {
        const used = new RandomStream(3, 1, 4, 1);
        for (let i = 0; i < drawn; i++) used.bits();
        used.reset(seed, index, purpose, round);
        const fresh = new RandomStream(seed, index, purpose, round);
        expect(Array.from({ length: 5 }, () => used.bits())).toEqual(
          Array.from({ length: 5 }, () => fresh.bits()),
        );
      }),
    );
  });

  it('of neighbouring pixels, purposes and rounds have nothing in common', () => {
    const first = (...words: [number, number, number, number]) => new RandomStream(...words).bits();
    const seen = new Set<number>();
    for (let index = 0; index < 2000; index++)
      for (const purpose of [100, 101]) for (const round of [0, 1]) seen.add(first(1, index, purpose, round));
    // 8000 of 2^32 values: a collision is expected once in 130 seeds.
    expect(seen.size).toBe(8000);
    const a = Array.from({ length: 4096 }, (_, i) => new RandomStream(1, i).uniform() - 0.5);
    const correlation = a.slice(1).reduce((sum, value, i) => sum + value * a[i], 0) / (a.length / 12);
    expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(a.length));
  });
});
