import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conditionalInformation } from '../../../../server/analysis/information/conditional-information.ts';
import { contingency, mutualInformation } from '../../../../server/analysis/information/information.ts';
import {
  LEAST_WINDOW,
  localInformation,
  localWindow,
} from '../../../../server/analysis/information/local-information.ts';
import {
  countTables,
  RunningInformation,
} from '../../../../server/analysis/information/running-information.ts';
import { SpatialTester } from '../../../../server/analysis/information/spatial-test.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { smoothLabelPair } from '../../../support/smooth-labels.ts';

const label = fc.integer({ min: -2, max: 3 });

describe('local information', () => {
  it('equals the corrected information of each window computed anew', () => {
    const scans = fc
      .tuple(fc.integer({ min: 12, max: 18 }), fc.integer({ min: 12, max: 24 }))
      .chain(([rows, columns]) =>
        fc.tuple(
          fc.constant([rows, columns] as const),
          fc.array(fc.tuple(label, label), { minLength: rows * columns, maxLength: rows * columns }),
        ),
      );
    fc.assert(
      fc.property(scans, ([[rows, columns], pixels]) => {
        // Whole windows and, with few pixels without a label, ones of all kinds of filling.
        const gaps = pixels[0][0] < 0;
        const a = Int16Array.from(pixels, ([p], i) => (gaps && i % 9 === 0 ? p : Math.max(-1, p)));
        const b = Int16Array.from(pixels, ([, q], i) => (gaps && i % 7 === 0 ? q : Math.max(-1, q)));
        const out = new Float32Array(rows * columns);
        localInformation(a, b, contingency(a, b), [rows, columns], 1.5, LEAST_WINDOW, out);
        const reach = (LEAST_WINDOW - 1) / 2;
        for (let y = 0; y < rows; y += 3)
          for (let x = 0; x < columns; x += 3) {
            const inside = (i: number) =>
              Math.abs(Math.floor(i / columns) - y) <= reach && Math.abs((i % columns) - x) <= reach;
            const table = contingency(
              a.map((value, i) => (inside(i) ? value : -2)),
              b,
            );
            const found = out[y * columns + x];
            const within = (at: number, end: number) =>
              Math.min(at + reach + 1, end) - Math.max(at - reach, 0);
            if (table.pixels < 0.6 * within(y, rows) * within(x, columns)) {
              expect(found).toBeNaN();
              continue;
            }
            const seen = (sums: number[]) => sums.reduce((sum, n) => sum + 1 - Math.exp(-n / 0.75), 0);
            const rowSums = table.counts.map((row) => row.reduce((sum, n) => sum + n, 0));
            const columnSums = table.columns.map((_, j) =>
              table.counts.reduce((sum, row) => sum + row[j], 0),
            );
            const freedom = Math.max(0, seen(rowSums) - 1) * Math.max(0, seen(columnSums) - 1);
            const chance = (1.5 * freedom) / (2 * table.pixels);
            expect(found).toBeCloseTo(Math.max(0, mutualInformation(table).mi - chance), 5);
          }
      }),
      { numRuns: 25 },
    );
  });

  it('is nothing, not unknown, where a window holds a single class of each', () => {
    const one = new Int16Array(40 * 40);
    const two = Int16Array.from(one, (_, i) => (i % 40 < 4 ? 1 : 0));
    const out = new Float32Array(one.length);
    localInformation(two, two, contingency(two, two), [40, 40], 1, LEAST_WINDOW, out);
    expect(out[20 * 40 + 30]).toBe(0);
    expect(out[20 * 40 + 4]).toBeGreaterThan(0.3);
  });

  it('looks at sixteen independent areas, in at least 15 and at most half the scan', () => {
    expect(localWindow(1, [64, 64])).toBe(15);
    expect(localWindow(34, [128, 128])).toBe(25);
    expect(localWindow(455, [512, 512])).toBe(87);
    expect(localWindow(4000, [100, 512])).toBe(51);
    expect(localWindow(4000, [8, 512])).toBe(15);
  });

  it('shows the relation of two maps of large areas', () => {
    const side = 256;
    const grain = (i: number) => (Math.floor(i / side / 24) + Math.floor((i % side) / 24)) % 2;
    const a = Int16Array.from({ length: side * side }, (_, i) => grain(i));
    const b = a.map((value, i) => (i % side < side / 2 ? value : 0));
    const { designEffect } = new SpatialTester([side, side]).test(a, b);
    const out = new Float32Array(a.length);
    const table = contingency(a, b);
    localInformation(a, b, table, [side, side], designEffect, LEAST_WINDOW, out);
    expect(Math.max(...out)).toBe(0);
    localInformation(a, b, table, [side, side], designEffect, localWindow(designEffect, [side, side]), out);
    expect(out[128 * side + 60]).toBeGreaterThan(0.3);
    expect(out[128 * side + 220]).toBe(0);
  });

  it('is next to nothing between unrelated maps, however smooth they are', () => {
    const shape = [128, 128] as const;
    const mean = (length: number, rho: number) => {
      const [a, b] = smoothLabelPair(shape, length, 4, rho, createRandom(length));
      const { designEffect } = new SpatialTester(shape).test(a, b);
      const out = new Float32Array(a.length);
      localInformation(a, b, contingency(a, b), shape, designEffect, localWindow(designEffect, shape), out);
      return out.reduce((sum, value) => sum + value, 0) / out.length;
    };
    for (const length of [2, 4, 8]) {
      expect(mean(length, 0)).toBeLessThan(0.02);
      expect(mean(length, 0.7)).toBeGreaterThan(0.04);
    }
  });

  it('lies where the maps are related and not where they are not', () => {
    const side = 60;
    const random = createRandom(3);
    const a = Int16Array.from({ length: side * side }, () => Math.floor(3 * random()));
    const b = a.map((value, i) => (i % side < side / 2 ? value : Math.floor(3 * random())));
    const out = new Float32Array(a.length);
    localInformation(a, b, contingency(a, b), [side, side], 1, LEAST_WINDOW, out);
    const mean = (from: number, to: number) => {
      const values = out.filter((_, i) => i % side >= from && i % side < to && out[i] >= 0);
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    expect(mean(2, 20)).toBeGreaterThan(1);
    expect(mean(40, 58)).toBeLessThan(0.01);
  });
});

describe('information that is kept up to date', () => {
  it('is within 1e-9 of a fresh count after two million changes', () => {
    const side = 256;
    const random = createRandom(5);
    const [rows, columns] = [6, 5];
    const a = Uint8Array.from({ length: side * side }, () => Math.floor(rows * random()));
    const b = a.map((label) => (random() < 0.3 ? label % columns : Math.floor(columns * random())));
    const running = new RunningInformation(rows, columns, countTables(a.length));
    a.forEach((label, i) => {
      running.add(label, b[i]);
    });
    const counted = () => mutualInformation(contingency(Int16Array.from(a), Int16Array.from(b))).mi;
    // Up to the change at which the sums are formed anew for the 21st time.
    for (let change = 0; change < (2_100_000 - a.length) / 2; change++) {
      const i = Math.floor(random() * a.length);
      running.remove(a[i], b[i]);
      a[i] = Math.floor(rows * random());
      running.add(a[i], b[i]);
      // Rounding has had the longest time to add up just before the sums are formed anew.
      if (change % 250_000 === 249_000) expect(Math.abs(running.mi - counted())).toBeLessThan(1e-9);
    }
    expect(running.pixels).toBe(a.length);
    expect(Math.abs(running.mi - counted())).toBeLessThan(1e-13);
  });
});

describe('information within equal thickness', () => {
  const side = 3000;
  const random = createRandom(8);
  const thickness = Float32Array.from({ length: side }, (_, i) => 0.2 + i / side);
  /** Classes that follow the thickness, each for itself. */
  const byThickness = (noise: number) =>
    Int16Array.from({ length: side }, (_, i) =>
      random() < noise ? Math.floor(3 * random()) : Math.floor((3 * i) / side),
    );

  it('is gone where both maps follow the thickness alone', () => {
    const found = conditionalInformation(byThickness(0.2), byThickness(0.2), thickness);
    expect(found?.unconditional).toBeGreaterThan(0.3);
    expect(found?.mi).toBeLessThan(0.02);
  });

  it('is what it was where thickness has no part in it', () => {
    const a = Int16Array.from({ length: side }, () => Math.floor(3 * random()));
    const b = a.map((value) => (random() < 0.3 ? 0 : value));
    const found = conditionalInformation(a, b, thickness);
    expect(found?.unconditional).toBe(mutualInformation(contingency(a, b)).mi);
    expect(found?.mi).toBeCloseTo(found?.unconditional ?? 0, 1);
  });

  it('is not given without a thickness, or one that never changes', () => {
    const a = byThickness(0.2);
    expect(conditionalInformation(a, a, new Float32Array(side).fill(Number.NaN))).toBeUndefined();
    expect(conditionalInformation(a, a, new Float32Array(side).fill(0.5))).toBeUndefined();
    expect(
      conditionalInformation(
        a,
        a,
        thickness.map((value, i) => (i % 5 ? value : Number.NaN)),
      ),
    ).toBeUndefined();
  });
});
