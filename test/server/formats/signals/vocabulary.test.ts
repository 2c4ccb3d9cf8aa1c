import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  ACQUISITION,
  type Acquisition,
  type NamedFormat,
  nameAcquisition,
  readAcquisition,
} from '../../../../server/formats/signals/vocabulary.ts';

const FORMATS = Object.keys(ACQUISITION.beamKv) as NamedFormat[];
const figure = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
const acquisitions: fc.Arbitrary<Acquisition> = fc.record(
  { beamKv: figure, convergenceMrad: figure, collectionMrad: figure, dwellSeconds: figure },
  { requiredKeys: [] },
);

describe('names of an acquisition', () => {
  test.each(FORMATS)('%s: what is written is read', (format) => {
    fc.assert(
      fc.property(acquisitions, (acquisition) => {
        const file = new Map(nameAcquisition(format, acquisition));
        const read = readAcquisition(format, (name) => file.get(name));
        expect(Object.keys(read).sort()).toEqual(Object.keys(acquisition).sort());
        for (const [field, value] of Object.entries(read))
          expect(value).toBeCloseTo(acquisition[field as keyof Acquisition] as number, 9);
      }),
    );
  });

  test('a format has one name for one field', () => {
    for (const format of FORMATS) {
      const names = Object.values(ACQUISITION).flatMap((formats) => formats[format].names);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('units are those of the format', () => {
    expect(nameAcquisition('msa', { dwellSeconds: 0.2, beamKv: 200 })).toEqual([
      ['BEAMKV', 200],
      ['DWELLTIME', 200],
    ]);
    expect(nameAcquisition('digitalMicrograph', { beamKv: 300 })).toEqual([
      ['Microscope Info.Voltage', 300_000],
    ]);
  });

  test('the second name counts where the first is missing or says nothing', () => {
    const file = new Map([
      ['DWELLTIME', 0],
      ['INTEGTIME', 40],
    ]);
    expect(readAcquisition('msa', (name) => file.get(name))).toEqual({ dwellSeconds: 0.04 });
  });
});
