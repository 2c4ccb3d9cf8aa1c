import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunkShape, chunksOf } from '../../../server/exporting/chunks.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 });

test('chunks are consecutive lines that hold every sample once', () => {
  fc.assert(
    fc.property(shapes, fc.integer({ min: 1, max: 500 }), (shape, bytes) => {
      const chunk = chunkShape(shape, 2, bytes);
      const width = shape[shape.length - 1];
      const lines = shape.slice(0, -1).reduce((product, size) => product * size, 1);
      let next = 0;
      for (const { first, count, size } of chunksOf(shape, chunk)) {
        expect(first).toBe(next);
        expect(size[size.length - 1]).toBe(width);
        next += count;
      }
      expect(next).toBe(lines);
    }),
  );
});

test('chunks have about the size that is asked for', () => {
  expect(chunkShape([512, 1024, 1024], 2, 1e6)).toEqual([1, 342, 1024]);
  expect(chunkShape([512, 10, 1024], 2, 1e6)).toEqual([47, 10, 1024]);
  expect(chunkShape([4, 5], 4, 1e6)).toEqual([4, 5]);
  expect(chunkShape([9, 6000], 4, 100)).toEqual([1, 6000]);
  expect(chunkShape([100], 4, 100)).toEqual([100]);
});
