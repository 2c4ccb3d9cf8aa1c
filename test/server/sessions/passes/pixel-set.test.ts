import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PixelSet } from '../../../../server/sessions/passes/pixel-set.ts';

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
      expect(set.next).toBe(all.find((index) => !model.has(index)) ?? SIZE);
      const parts = set.parts(asked);
      expect(parts.flatMap(({ first, end, present }) => Array(end - first).fill(present))).toEqual(
        all.slice(asked.first, asked.end).map((index) => model.has(index)),
      );
      for (const [at, part] of parts.entries())
        if (at > 0) expect(part.present).not.toBe(parts[at - 1].present);
      expect(set.spans().flatMap(({ first, end }) => all.slice(first, end))).toEqual(
        all.filter((index) => model.has(index)),
      );
    }),
  );
});

it('counts in the order of acquisition what is missing', () => {
  const pixels = fc.shuffledSubarray(
    Array.from({ length: SIZE }, (_, pixel) => pixel),
    { minLength: SIZE },
  );
  fc.assert(
    fc.property(pixels, fc.array(range), (acquired, added) => {
      const set = new PixelSet(SIZE, (step) => acquired[step]);
      for (const each of added) set.add(each);
      const missing = acquired.findIndex((pixel) => !set.has(pixel));
      expect(set.next).toBe(missing < 0 ? SIZE : missing);
    }),
  );
});
