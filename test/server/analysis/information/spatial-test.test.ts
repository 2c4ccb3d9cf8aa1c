import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Autocorrelator } from '../../../../server/analysis/information/autocorrelation.ts';
import { SpatialTester } from '../../../../server/analysis/information/spatial-test.ts';
import { chiSquaredSurvival, normalCritical } from '../../../../server/analysis/math/chi-squared.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { oracle } from '../../../support/oracle.ts';
import { scannedPart, smoothLabelPair } from '../../../support/smooth-labels.ts';

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

/** Shares of the classes of each cell and the variance of its count, from the definition. */
function directVariances(
  a: Int16Array,
  b: Int16Array,
  [rows, columns]: readonly [number, number],
  table: { rows: number[]; columns: number[]; pixels: number },
) {
  const mask = Array.from(a, (label, i) => (label >= -1 && b[i] >= -1 ? 1 : 0));
  const centred = (map: Int16Array, label: number) => {
    const share = map.reduce((n, value, i) => n + (mask[i] && value === label ? 1 : 0), 0) / table.pixels;
    return { share, field: Array.from(map, (value, i) => (mask[i] ? (value === label ? 1 : 0) - share : 0)) };
  };
  const lags = (field: number[]) => {
    const sums: number[] = [];
    for (let dy = 1 - rows; dy < rows; dy++)
      for (let dx = 1 - columns; dx < columns; dx++) {
        let sum = 0;
        for (let y = Math.max(0, -dy); y < Math.min(rows, rows - dy); y++)
          for (let x = Math.max(0, -dx); x < Math.min(columns, columns - dx); x++)
            sum += field[y * columns + x] * field[(y + dy) * columns + x + dx];
        sums.push(sum);
      }
    return sums;
  };
  const pairs = lags(mask);
  const ofA = table.rows.map((label) => centred(a, label));
  const ofB = table.columns.map((label) => centred(b, label));
  // In single precision, as the test keeps them.
  const [lagsA, lagsB] = [ofA, ofB].map((set) => set.map(({ field }) => lags(field).map(Math.fround)));
  return ofA.flatMap(({ share: p }, i) =>
    ofB.map(({ share: q }, j) => ({
      p,
      q,
      variance: pairs.reduce((sum, n, h) => (n > 0 ? sum + (lagsA[i][h] * lagsB[j][h]) / n : sum), 0),
      independent: table.pixels * p * (1 - p) * q * (1 - q),
    })),
  );
}

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
        const results = new Autocorrelator([rows, columns]).all(fields.length, (k, out) =>
          out.set(fields[k]),
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

  it('sees a map that has changed once it was told to forget it', () => {
    const [{ shape, a, b }] = spatial;
    const [first, second] = [Int16Array.from(a), Int16Array.from(b)];
    const tester = new SpatialTester(shape);
    tester.test(first, second);
    for (let i = 0; i < first.length; i += 5) first[i] = Math.min(first[i], 0);
    tester.forget(first);
    expect(tester.test(first, second)).toEqual(new SpatialTester(shape).test(first, second));
  });

  it('equals the sums over all lags, one by one, to 1e-9', () => {
    const shape = [24, 31] as const;
    for (const share of [1, 0.6]) {
      const [a, b] = smoothLabelPair(shape, 2, 5, 0.2, createRandom(3)).map((map) =>
        scannedPart(map, shape, share),
      );
      const { designEffect, chance, variances, table } = new SpatialTester(shape).test(a, b);
      const expected = directVariances(a, b, shape, table);
      let total = 0;
      expected.forEach(({ p, q, variance, independent }) => {
        total += ((1 - p) * (1 - q) * variance) / independent;
      });
      expect(relative(chance, total / (2 * table.pixels))).toBeLessThan(1e-9);
      const freedom = (table.rows.length - 1) * (table.columns.length - 1);
      expect(relative(designEffect, Math.max(1, total / freedom))).toBeLessThan(1e-9);
      expected.forEach(({ variance, independent }, cell) => {
        const found = variances.flat()[cell];
        expect(relative(found, Math.max(variance, independent))).toBeLessThan(1e-7);
      });
    }
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
