import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adjustedRand } from '../../../../server/analysis/clustering/adjusted-rand.ts';
import { classCorrespondence } from '../../../../server/analysis/clustering/class-correspondence.ts';
import { adjustedInformation } from '../../../../server/analysis/information/adjusted-information.ts';
import {
  bothPresent,
  contingency,
  mutualInformation,
} from '../../../../server/analysis/information/information.ts';
import { oracle } from '../../../support/oracle.ts';

interface Scores {
  pixels: number;
  ari: number;
  ami: number;
}

const { agreement } = oracle<{
  agreement: {
    a: number[];
    b: number[];
    classes: [number, number];
    all: Scores | null;
    present: Scores | null;
    matched: number;
  }[];
}>('compare');

const CLASSES = 5;
const label = fc.integer({ min: -2, max: CLASSES - 1 });
const maps = fc.array(fc.tuple(label, label), { minLength: 2, maxLength: 300 });
const tableOf = (pairs: readonly (readonly [number, number])[]) =>
  contingency(
    Int16Array.from(pairs, ([a]) => a),
    Int16Array.from(pairs, ([, b]) => b),
  );
const ami = (table: { counts: number[][] }) => adjustedInformation(table.counts, mutualInformation(table).mi);

describe('the agreement of class maps', () => {
  it('equals scikit-learn over all measured pixels and over those present in both', () => {
    for (const { a, b, all, present } of agreement) {
      const table = contingency(Int16Array.from(a), Int16Array.from(b));
      for (const [part, scores] of [
        [table, all],
        [bothPresent(table), present],
      ] as const) {
        expect(part.pixels).toBe(scores?.pixels ?? 0);
        if (!scores) continue;
        expect(adjustedRand(part.counts)).toBeCloseTo(scores.ari, 12);
        expect(ami(part)).toBeCloseTo(scores.ami, 10);
      }
    }
  });

  it('is the same in both directions', () => {
    fc.assert(
      fc.property(maps, (pairs) => {
        const [there, back] = [tableOf(pairs), tableOf(pairs.map(([a, b]) => [b, a] as const))];
        expect(adjustedRand(there.counts)).toBeCloseTo(adjustedRand(back.counts), 12);
        const matched = (table: typeof there) =>
          classCorrespondence(table, [CLASSES, CLASSES]).matches.reduce((sum, { pixels }) => sum + pixels, 0);
        expect(matched(there)).toBe(matched(back));
      }),
    );
  });

  it('is 1, with every class matched whole, for the same classes under other numbers', () => {
    fc.assert(
      fc.property(maps, fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: CLASSES }), (pairs, numbers) => {
        const table = tableOf(pairs.map(([a]) => [a, a < 0 ? a : numbers[a]] as const));
        fc.pre(table.pixels > 0);
        expect(adjustedRand(table.counts)).toBeCloseTo(1, 12);
        const { matches, shareWithAbsence } = classCorrespondence(table, [CLASSES, CLASSES]);
        expect(shareWithAbsence).toBe(1);
        for (const { a, b, shareOfA, shareOfB } of matches)
          expect([b, shareOfA, shareOfB]).toEqual([numbers[a], 1, 1]);
      }),
    );
  });

  it('is near 0 for unrelated maps', () => {
    const [unrelated] = agreement;
    const table = contingency(Int16Array.from(unrelated.a), Int16Array.from(unrelated.b));
    expect(Math.abs(adjustedRand(table.counts))).toBeLessThan(0.02);
    expect(Math.abs(ami(table))).toBeLessThan(0.02);
  });
});

describe('the correspondence of classes', () => {
  it('has as many pixels in common as that of SciPy', () => {
    for (const { a, b, classes, matched } of agreement) {
      const table = contingency(Int16Array.from(a), Int16Array.from(b));
      const { matches } = classCorrespondence(table, classes);
      expect(matches.reduce((sum, { pixels }) => sum + pixels, 0)).toBe(matched);
    }
  });

  it('names every class once: matched, or in one map only', () => {
    fc.assert(
      fc.property(maps, (pairs) => {
        const { matches, onlyA, onlyB } = classCorrespondence(tableOf(pairs), [CLASSES, CLASSES]);
        const all = [0, 1, 2, 3, 4];
        expect([...matches.map(({ a }) => a), ...onlyA].sort()).toEqual(all);
        expect([...matches.map(({ b }) => b), ...onlyB].sort()).toEqual(all);
      }),
    );
  });

  it('leaves a class of no common pixel without a counterpart, and says the shares', () => {
    const pairs = [
      [0, 1],
      [0, 1],
      [0, -1],
      [-1, -1],
      [1, -1],
      [-2, 0],
    ] as const;
    expect(classCorrespondence(tableOf(pairs), [2, 2])).toEqual({
      matches: [{ a: 0, b: 1, pixels: 2, shareOfA: 2 / 3, shareOfB: 1 }],
      onlyA: [1],
      onlyB: [0],
      share: 1,
      shareWithAbsence: 3 / 5,
    });
    expect(classCorrespondence(tableOf([[-2, 0]]), [1, 1])).toEqual({ matches: [], onlyA: [0], onlyB: [0] });
  });
});
