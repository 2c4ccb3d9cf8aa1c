import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uniqueNames } from '../../../server/exporting/unique-names.ts';

test('names that are the same are told apart', () => {
  expect(uniqueNames(['HAADF', 'ADF', 'haadf', 'HAADF'])).toEqual(['HAADF', 'ADF', 'haadf 2', 'HAADF 3']);
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'a 2', 'A', 'a 2 2', 'b')), (names) => {
      const unique = uniqueNames(names).map((name) => name.toLowerCase());
      expect(new Set(unique).size).toBe(names.length);
    }),
  );
});
