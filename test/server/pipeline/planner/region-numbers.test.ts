import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { overlapOf } from '../../../../protocol/index.ts';
import { numbered } from '../../../../server/pipeline/planner/region-numbers.ts';

const at = (y: number, x: number, height = 10, width = 10) => ({ y, x, height, width, dwells: 1 });

describe('numbers of regions', () => {
  it('begin with 1, in the order of their rank', () => {
    expect(numbered([at(0, 0), at(50, 50)], []).map(({ number }) => number)).toEqual([1, 2]);
  });

  it('stay with regions that move a little, whatever becomes of their rank', () => {
    const before = numbered([at(0, 0), at(50, 50), at(100, 0)], []);
    const after = numbered([at(101, 1), at(2, 0), at(0, 100)], before);
    expect(after.map(({ number }) => number)).toEqual([3, 1, 2]);
  });

  it('never go to two regions, and lose none', () => {
    const rectangle = fc.record({
      y: fc.nat(30),
      x: fc.nat(30),
      height: fc.integer({ min: 1, max: 12 }),
      width: fc.integer({ min: 1, max: 12 }),
      dwells: fc.constant(1),
    });
    fc.assert(
      fc.property(fc.array(rectangle, { maxLength: 8 }), fc.array(rectangle, { maxLength: 8 }), (a, b) => {
        const after = numbered(b, numbered(a, []));
        expect(after.map(({ number: _, ...region }) => region)).toEqual(b);
        expect(new Set(after.map(({ number }) => number)).size).toBe(b.length);
        for (const { number } of after) expect(number).toBeGreaterThan(0);
      }),
    );
  });

  it('go by the area that is shared', () => {
    expect(overlapOf(at(0, 0), at(0, 0))).toBe(1);
    expect(overlapOf(at(0, 0), at(0, 5))).toBeCloseTo(50 / 150, 12);
    expect(overlapOf(at(0, 0), at(10, 0))).toBe(0);
  });
});
