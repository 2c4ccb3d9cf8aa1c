import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { nionSignal } from '../../../../server/formats/signals/nion-item.ts';
import type { StoredArray } from '../../../../server/formats/signals/stored-signal.ts';

const arrayOf = (shape: number[]): StoredArray => ({
  place: 'item.h5',
  name: 'data',
  shape,
  type: 'u16',
  pieceShape: shape,
  stamp: async () => undefined,
  readPiece: async () => undefined,
});

const calibrations = fc.array(
  fc.record(
    {
      offset: fc.oneof(fc.double(), fc.string(), fc.constant(null)),
      scale: fc.oneof(fc.double(), fc.constant(null)),
      units: fc.oneof(fc.constantFrom('eV', 'keV', 'meV', 'nm', ''), fc.constant(null)),
    },
    { requiredKeys: [] },
  ),
  { maxLength: 5 },
);
const count = fc.oneof(fc.integer({ min: -1, max: 4 }), fc.jsonValue());
const properties = fc.record(
  {
    is_sequence: fc.oneof(fc.boolean(), fc.jsonValue()),
    collection_dimension_count: count,
    datum_dimension_count: count,
    dimensional_calibrations: fc.oneof(calibrations, fc.jsonValue()),
    data_sources: fc.jsonValue(),
    metadata: fc.oneof(
      fc.jsonValue(),
      fc.record({ hardware_source: fc.jsonValue(), instrument: fc.jsonValue() }),
    ),
    title: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const shapes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 5 });

it('describes every array by whatever properties, or says what is wrong', () => {
  fc.assert(
    fc.property(properties, shapes, (found, shape) => {
      const signal = nionSignal(JSON.parse(JSON.stringify(found)) as Record<string, unknown>, arrayOf(shape));
      if (signal instanceof InputError) expect(signal.message).toContain('data properties: expected');
      else expect(signal.axes.map(({ size }) => size)).toEqual(shape);
    }),
    { numRuns: 500 },
  );
});

it('counts dimensions as Nion Swift does where the properties do not', () => {
  const navigated = (shape: number[], found: Record<string, unknown> = {}) => {
    const signal = nionSignal(found, arrayOf(shape));
    return signal instanceof InputError ? signal.message : signal.axes.map(({ navigate }) => navigate);
  };
  expect(navigated([3, 5, 12])).toEqual([true, true, false]);
  expect(navigated([12])).toEqual([false]);
  expect(navigated([5, 12])).toEqual([false, false]);
  expect(navigated([5, 12], { is_sequence: true })).toEqual([true, false]);
});
