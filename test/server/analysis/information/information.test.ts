import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bothPresent,
  contingency,
  informationMap,
  mutualInformation,
} from '../../../../server/analysis/information/information.ts';
import { oracle } from '../../../support/oracle.ts';

const labels = fc.array(fc.tuple(fc.integer({ min: -2, max: 4 }), fc.integer({ min: -2, max: 4 })), {
  minLength: 1,
  maxLength: 300,
});
const split = (pairs: [number, number][]) =>
  [Int16Array.from(pairs, ([a]) => a), Int16Array.from(pairs, ([, b]) => b)] as const;

describe('mutual information', () => {
  it('equals scikit-learn', () => {
    const { mutualInformation: cases } = oracle<{
      mutualInformation: { a: number[]; b: number[]; mi: number }[];
    }>('analysis');
    for (const { a, b, mi } of cases)
      expect(mutualInformation(contingency(Int16Array.from(a), Int16Array.from(b))).mi).toBeCloseTo(mi, 12);
  });

  it('is the mean of the pointwise map over the measured pixels', () => {
    fc.assert(
      fc.property(labels, (pairs) => {
        const [a, b] = split(pairs);
        const table = contingency(a, b);
        const map = new Float32Array(a.length);
        informationMap(a, b, table, map);
        const measured = map.filter((value) => !Number.isNaN(value));
        expect(measured.length).toBe(table.pixels);
        if (table.pixels === 0) return;
        const mean = measured.reduce((sum, value) => sum + value, 0) / table.pixels;
        expect(mean).toBeCloseTo(mutualInformation(table).mi, 5);
      }),
    );
  });

  it('is symmetric and at most the smaller entropy', () => {
    fc.assert(
      fc.property(labels, (pairs) => {
        const [a, b] = split(pairs);
        const { mi } = mutualInformation(contingency(a, b));
        expect(mutualInformation(contingency(b, a)).mi).toBeCloseTo(mi, 12);
        const measured = pairs.filter(([p, q]) => p >= -1 && q >= -1);
        const [onlyA] = split(measured as [number, number][]);
        expect(mi).toBeLessThanOrEqual(mutualInformation(contingency(onlyA, onlyA)).mi + 1e-12);
      }),
    );
  });

  it('counts absence as a class, and leaves it out over the pixels where both are present', () => {
    const a = Int16Array.of(-1, -1, 0, 0, 1, -2);
    const b = Int16Array.of(-1, 0, 0, 1, 1, 0);
    const table = contingency(a, b);
    expect(table.rows).toEqual([-1, 0, 1]);
    expect(table.pixels).toBe(5);
    const inner = bothPresent(table);
    expect(inner).toEqual({
      rows: [0, 1],
      columns: [0, 1],
      counts: [
        [1, 1],
        [0, 1],
      ],
      pixels: 3,
    });
  });
});
