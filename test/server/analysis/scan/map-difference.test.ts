import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapDifference } from '../../../../server/analysis/scan/map-difference.ts';
import { oracle } from '../../../support/oracle.ts';

const map = (values: readonly (number | null)[]) => Float32Array.from(values, (value) => value ?? Number.NaN);
const compare = (a: Float32Array, b: Float32Array, deviation?: (pixel: number) => number) => {
  const out = new Float32Array(a.length);
  return { out, found: mapDifference(a, b, out, deviation) };
};

describe('the difference of two maps', () => {
  it('equals NumPy', () => {
    const { maps } = oracle<{
      maps: Record<string, number> & { a: (number | null)[]; b: (number | null)[] };
    }>('compare');
    const { found } = compare(map(maps.a), map(maps.b));
    expect(found).toMatchObject({ pixels: maps['pixels'], onlyA: maps['onlyA'], onlyB: maps['onlyB'] });
    for (const key of ['mean', 'rms', 'relativeRms', 'correlation', 'equal'] as const)
      expect(found?.[key], key).toBeCloseTo(maps[key], 9);
    expect(found?.largest.difference).toBeCloseTo(maps['largest'], 9);
    expect(found?.largest.pixel).toBe(maps['pixel']);
  });

  it('turns its sign with the order, and is nothing for equal maps', () => {
    const values = fc.array(fc.oneof(fc.constant(null), fc.float({ min: -1000, max: 1000, noNaN: true })), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(values, (list) => {
        const [a, b] = [map(list), map([...list].reverse())];
        const [there, back] = [compare(a, b).found, compare(b, a).found];
        expect(there?.pixels).toBe(back?.pixels);
        if (!there || !back) return;
        expect(there.mean + back.mean).toBeCloseTo(0, 6);
        expect(there.rms).toBeCloseTo(back.rms, 6);
        expect([there.onlyA, there.onlyB]).toEqual([back.onlyB, back.onlyA]);
        const same = compare(a, a);
        expect(same.found).toMatchObject({ mean: 0, rms: 0, equal: 1, onlyA: 0, onlyB: 0 });
      }),
    );
  });

  it('counts what is beyond three deviations, and leaves out what either has not measured', () => {
    const { out, found } = compare(map([1, 1, 1, null, null]), map([1, 3, 5, 1, null]), () => 1);
    expect([...out]).toEqual([0, 2, 4, Number.NaN, Number.NaN]);
    expect(found).toMatchObject({ pixels: 3, onlyA: 0, onlyB: 1, beyondNoise: 1 / 3 });
    expect(found?.correlation).toBeUndefined();
    expect(compare(map([null]), map([1])).found).toBeUndefined();
  });
});
