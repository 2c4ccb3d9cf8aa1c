import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustedInformation } from '../../../../server/analysis/information/adjusted-information.ts';
import { contingency, mutualInformation } from '../../../../server/analysis/information/information.ts';
import {
  countTables,
  RunningInformation,
} from '../../../../server/analysis/information/running-information.ts';
import { oracle } from '../../../support/oracle.ts';

const { agreement } = oracle<{ agreement: { a: number[]; b: number[]; mi: number; ami: number }[] }>(
  'information',
);
const tableOf = (a: number[], b: number[]) => contingency(Int16Array.from(a), Int16Array.from(b));

describe('adjusted mutual information', () => {
  it('equals scikit-learn, as does the plain one', () => {
    for (const { a, b, mi, ami } of agreement) {
      const table = tableOf(a, b);
      const own = mutualInformation(table).mi;
      expect(own).toBeCloseTo(mi, 12);
      expect(adjustedInformation(table.counts, own)).toBeCloseTo(ami, 10);
    }
  });

  it('stays exact and quick on counts of a large map', () => {
    const counts = [
      [90_000, 30_000],
      [20_000, 122_144],
    ];
    const { mi } = mutualInformation({ counts });
    // With hundreds of thousands of pixels chance adds (1 · 1)/2N only.
    const [rows, columns] = [
      [120_000, 142_144],
      [110_000, 152_144],
    ];
    const entropy = (sizes: number[]) =>
      -sizes.reduce((sum, size) => sum + (size / 262_144) * Math.log(size / 262_144), 0);
    const chance = 1 / (2 * 262_144);
    const expected = (mi - chance) / ((entropy(rows) + entropy(columns)) / 2 - chance);
    expect(adjustedInformation(counts, mi)).toBeCloseTo(expected, 9);
  });
});

describe('information kept up to date pixel by pixel', () => {
  const label = fc.integer({ min: 0, max: 5 });
  const pixel = fc.tuple(label, label);

  it('equals the one computed anew, after any additions and removals', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ pixel, next: fc.option(pixel, { nil: undefined }) }), {
          minLength: 1,
          maxLength: 400,
        }),
        (changes) => {
          const running = new RunningInformation(6, 6, countTables(changes.length));
          for (const { pixel } of changes) running.add(...pixel);
          const left: [number, number][] = [];
          for (const { pixel, next } of changes) {
            if (!next) {
              left.push(pixel);
              continue;
            }
            running.remove(...pixel);
            // Every second change is a new label, the others take the pixel out.
            if (next[0] % 2) {
              running.add(...next);
              left.push(next);
            }
          }
          const table = tableOf(
            left.map(([a]) => a),
            left.map(([, b]) => b),
          );
          expect(running.pixels).toBe(table.pixels);
          expect(Math.abs(running.mi - mutualInformation(table).mi)).toBeLessThan(1e-9);
          expect(running.freedom).toBe(
            Math.max(0, table.rows.length - 1) * Math.max(0, table.columns.length - 1),
          );
        },
      ),
    );
  });
});
