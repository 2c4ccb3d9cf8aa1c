import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { autocorrelations } from '../../../server/analysis/autocorrelation.ts';
import { chiSquaredSurvival, normalCritical } from '../../../server/analysis/chi-squared.ts';
import { SpatialTester } from '../../../server/analysis/spatial-test.ts';
import { oracle } from '../../support/oracle.ts';

const { spatial, chiSquared, normal } = oracle<{
  spatial: {
    shape: [number, number];
    a: number[];
    b: number[];
    mi: number;
    designEffect: number;
    chance: number;
    pValue: number;
    z: number[][];
  }[];
  chiSquared: { x: number; freedom: number; survival: number }[];
  normal: { alpha: number; critical: number }[];
}>('information');

const relative = (value: number, expected: number) => Math.abs(value / expected - 1);

describe('distributions', () => {
  it('of χ² equals SciPy, far into the tail', () => {
    for (const { x, freedom, survival } of chiSquared)
      if (survival > 0)
        expect(relative(chiSquaredSurvival(x, freedom), survival), `${x} ${freedom}`).toBeLessThan(1e-9);
  });

  it('of the normal law equals SciPy', () => {
    for (const { alpha, critical } of normal)
      expect(relative(normalCritical(alpha), critical)).toBeLessThan(1e-9);
  });
});

describe('autocorrelations', () => {
  it('equal the direct sums, whatever the shape and however many maps share a transform', () => {
    const maps = fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3 }))
      .chain(([rows, columns, count]) =>
        fc.tuple(
          fc.constant([rows, columns] as const),
          fc.array(
            fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
              minLength: rows * columns,
              maxLength: rows * columns,
            }),
            { minLength: count, maxLength: count },
          ),
        ),
      );
    fc.assert(
      fc.property(maps, ([[rows, columns], fields]) => {
        const results = autocorrelations(
          fields.map((field) => Float64Array.from(field)),
          [rows, columns],
        );
        fields.forEach((field, k) => {
          for (let dy = 0; dy < rows; dy++)
            for (let dx = 1 - columns; dx < columns; dx++) {
              let sum = 0;
              for (let y = 0; y + dy < rows; y++)
                for (let x = Math.max(0, -dx); x < columns && x + dx < columns; x++)
                  sum += field[y * columns + x] * field[(y + dy) * columns + x + dx];
              expect(results[k][dy * (2 * columns - 1) + dx + columns - 1]).toBeCloseTo(sum, 4);
            }
        });
      }),
      { numRuns: 60 },
    );
  });
});

describe('spatial test', () => {
  it('equals the formulas evaluated with NumPy and SciPy', () => {
    for (const { shape, a, b, mi, designEffect, chance, pValue, z } of spatial) {
      const result = new SpatialTester(shape).test(Int16Array.from(a), Int16Array.from(b));
      expect(result.mi).toBeCloseTo(mi, 12);
      expect(relative(result.designEffect, designEffect)).toBeLessThan(1e-6);
      expect(relative(result.chance, chance)).toBeLessThan(1e-6);
      if (result.effectivePixels >= 50)
        expect(relative(result.pValue ?? Number.NaN, pValue)).toBeLessThan(1e-4);
      const { table, variances } = result;
      const rowSums = table.counts.map((row) => row.reduce((sum, count) => sum + count, 0));
      const columnSums = table.columns.map((_, j) => table.counts.reduce((sum, row) => sum + row[j], 0));
      table.counts.forEach((row, i) => {
        row.forEach((count, j) => {
          const expected = (rowSums[i] * columnSums[j]) / table.pixels;
          expect((count - expected) / Math.sqrt(variances[i][j])).toBeCloseTo(z[i][j], 4);
        });
      });
    }
  });

  it('gives the same for a pair whatever was tested before it', () => {
    const [{ shape, a, b }] = spatial;
    const [first, second] = [Int16Array.from(a), Int16Array.from(b)];
    const third = first.map((label, i) => (i % 7 === 0 ? 0 : label));
    const partly = second.map((label, i) => (i > 900 ? -2 : label));
    const tester = new SpatialTester(shape);
    for (const [p, q] of [
      [first, second],
      [first, third],
      [first, partly],
      [second, third],
      [first, second],
    ])
      expect(tester.test(p, q)).toEqual(new SpatialTester(shape).test(p, q));
  });

  it('gives no probability where there are too few independent areas, nor for a single class', () => {
    const halves = Int16Array.from({ length: 400 }, (_, i) => (i < 200 ? 0 : 1));
    const quarters = Int16Array.from({ length: 400 }, (_, i) => Math.floor(i / 100));
    const few = new SpatialTester([20, 20]).test(halves, quarters);
    expect(few.effectivePixels).toBeLessThan(50);
    expect(few.pValue).toBeUndefined();
    const one = new SpatialTester([20, 20]).test(halves, new Int16Array(400));
    expect(one.pValue).toBeUndefined();
    expect(one).toMatchObject({ freedom: 0, mi: 0, effectivePixels: 400 });
  });

  it('tests large maps on every second pixel', () => {
    const side = 600;
    const [a, b] = [11, 13].map((size) =>
      Int16Array.from({ length: side * side }, (_, i) => {
        const [y, x] = [Math.floor(i / side / size), Math.floor((i % side) / size)];
        return (y * 7919 + x * 104_729 + y * x * 31) % 3;
      }),
    );
    const { stride, table } = new SpatialTester([side, side]).test(a, b);
    expect(stride).toBe(2);
    expect(table.pixels).toBe(300 * 300);
  });
});
