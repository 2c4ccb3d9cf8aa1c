import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PixelSet } from '../../../server/sources/pixel-set.ts';

const SIZE = 40;
const range = fc
  .tuple(fc.integer({ min: 0, max: SIZE }), fc.integer({ min: 0, max: SIZE }))
  .map(([a, b]) => ({ first: Math.min(a, b), end: Math.max(a, b) }));

it('holds what was added, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(range), range, (added, asked) => {
      const set = new PixelSet(SIZE);
      const model = new Set<number>();
      for (const each of added) {
        set.add(each);
        for (let index = each.first; index < each.end; index++) model.add(index);
      }
      const all = Array.from({ length: SIZE }, (_, index) => index);
      expect(all.filter((index) => set.has(index))).toEqual(all.filter((index) => model.has(index)));
      expect(set.count).toBe(model.size);
      expect(set.firstMissing).toBe(all.find((index) => !model.has(index)) ?? SIZE);
      const parts = set.parts(asked);
      expect(parts.flatMap(({ first, end, present }) => Array(end - first).fill(present))).toEqual(
        all.slice(asked.first, asked.end).map((index) => model.has(index)),
      );
      for (const [at, part] of parts.entries())
        if (at > 0) expect(part.present).not.toBe(parts[at - 1].present);
      expect(set.ranges().flatMap(({ first, end }) => all.slice(first, end))).toEqual(
        all.filter((index) => model.has(index)),
      );
    }),
  );
});
