import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalOrder, matchColours } from '../../../../server/analysis/clustering/labels.ts';
import { chooseLandmarks } from '../../../../server/analysis/embedding/landmarks.ts';
import { applyTransform, similarity } from '../../../../server/analysis/embedding/procrustes.ts';
import { optimalAssignment } from '../../../../server/analysis/math/optimal-assignment.ts';

const permutations = (n: number): number[][] =>
  n === 0
    ? [[]]
    : permutations(n - 1).flatMap((p) => Array.from({ length: n }, (_, i) => p.toSpliced(i, 0, n - 1)));

describe('optimalAssignment', () => {
  it('finds the greatest total of all permutations', () => {
    const square = fc.integer({ min: 1, max: 5 }).chain((n) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: n, maxLength: n }), {
        minLength: n,
        maxLength: n,
      }),
    );
    fc.assert(
      fc.property(square, (weights) => {
        const total = (columns: number[]) => columns.reduce((sum, j, i) => sum + weights[i][j], 0);
        const best = Math.max(...permutations(weights.length).map(total));
        expect(total(optimalAssignment(weights))).toBe(best);
      }),
    );
  });

  it('leaves rows over where there are fewer columns', () => {
    expect(optimalAssignment([[1], [5], [2]])).toEqual([-1, 0, -1]);
  });
});

describe('class labels', () => {
  it('are numbered by size, then by where they occur first', () => {
    expect(canonicalOrder(Int16Array.of(2, 2, 0, 0, 1, -1), 3)).toEqual([1, 2, 0]);
  });

  it('keep their colours when a refit renames them', () => {
    const before = Int16Array.of(0, 0, 0, 1, 1, 2, 2);
    const after = Int16Array.of(2, 2, 2, 0, 0, 1, 3);
    const colours = matchColours(after, 4, before, [7, 4, 0]);
    expect(colours[2]).toBe(7);
    expect(colours[0]).toBe(4);
    expect([colours[1], colours[3]].sort()).toEqual([0, 1]);
  });

  it('never have a colour again that another one has had', () => {
    const colours = matchColours(Int16Array.of(0, 0, 1, 2), 3, Int16Array.of(0, 0, 0, 0), [2], 8);
    expect(colours).toEqual([2, 8, 9]);
  });
});

describe('chooseLandmarks', () => {
  const shape: [number, number] = [40, 50];

  it('spreads over the whole scan', () => {
    const chosen = chooseLandmarks(new Uint8Array(2000).fill(1), shape, 200, 1);
    expect(chosen.length).toBe(200);
    for (let row = 0; row < 40; row += 10)
      for (let column = 0; column < 50; column += 10) {
        const inside = chosen.filter((pixel) => {
          const [y, x] = [Math.floor(pixel / 50), pixel % 50];
          return y >= row && y < row + 10 && x >= column && x < column + 10;
        });
        expect(inside.length).toBeGreaterThanOrEqual(5);
      }
  });

  it('takes all when there are few, only eligible ones, and the same for the same seed', () => {
    const eligible = Uint8Array.from({ length: 2000 }, (_, i) => (i % 3 === 0 ? 1 : 0));
    expect(chooseLandmarks(eligible, shape, 2000, 1).length).toBe(667);
    const some = chooseLandmarks(eligible, shape, 100, 1);
    expect(some.every((pixel) => pixel % 3 === 0)).toBe(true);
    expect(chooseLandmarks(eligible, shape, 100, 1)).toEqual(some);
    expect(chooseLandmarks(eligible, shape, 100, 2)).not.toEqual(some);
  });
});

describe('similarity', () => {
  it('undoes any rotation, reflection, scale and shift', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 6.3, noNaN: true }),
        fc.double({ min: 0.2, max: 5, noNaN: true }),
        fc.boolean(),
        (angle, scale, mirrored) => {
          const from = Float32Array.of(0, 0, 3, 1, -2, 5, 4, -4);
          const sign = mirrored ? -1 : 1;
          const [c, s] = [scale * Math.cos(angle), scale * Math.sin(angle)];
          const to = from.slice();
          applyTransform([c, -s * sign, 7, s, c * sign, -3], to);
          const back = from.slice();
          applyTransform(similarity(from, to), back);
          back.forEach((value, i) => {
            expect(Math.abs(value - to[i])).toBeLessThan(1e-4);
          });
        },
      ),
    );
  });
});
