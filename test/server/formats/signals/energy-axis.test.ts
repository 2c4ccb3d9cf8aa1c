import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { type AxisClaim, energyAxis } from '../../../../server/formats/signals/energy-axis.ts';
import { energyUnit } from '../../../../server/formats/signals/energy-unit.ts';
import { headerNumber, wholeHeaderNumber } from '../../../../server/formats/text/header-number.ts';

describe('units of energy', () => {
  it.each([
    ['eV', 1],
    ['ev', 1],
    [' EV\0\0', 1],
    ['e_V', 1],
    ['eV/ch', 1],
    ['Energy Loss (eV)', 1],
    ['Energy loss [eV]', 1],
    ['electron volts', 1],
    ['keV', 1000],
    ['Energy (KeV)', 1000],
    ['meV', 1e-3],
  ])('%j is %d eV', (text, factor) => expect(energyUnit(text)).toBe(factor));

  it.each([undefined, '', '  ', '\0', 'nm', 'channels', 'MeV', 'elevation', 'eVil', `${' '.repeat(90)}eV`])(
    '%j is none',
    (text) => expect(energyUnit(text)).toBeUndefined(),
  );
});

describe('numbers of headers', () => {
  it.each([
    ['60.5', 60.5],
    ['60,5', 60.5],
    ['-0,250', -0.25],
    ['+.5', 0.5],
    [',5', 0.5],
    ['2.0 E-06', 2e-6],
    ['1,250E+02', 125],
    ['200.0 100.0', 200],
    ['200, 100', 200],
    ['60 eV', 60],
    ['1,250', Number.NaN],
    ['12,250.5', Number.NaN],
    ['1.250,5', Number.NaN],
    ['', undefined],
    ['none', undefined],
  ])('%j begins with %d', (text, value) => expect(headerNumber(text)).toBe(value));

  it('are the number that was written, with either decimal sign', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = String(value);
        expect(wholeHeaderNumber(text)).toBe(value + 0);
        if (!/\d{1,3}\.\d{3}$/.test(text)) expect(wholeHeaderNumber(text.replace('.', ','))).toBe(value + 0);
      }),
    );
    expect(wholeHeaderNumber('60 eV')).toBeNaN();
  });
});

const number = fc.option(fc.double(), { nil: undefined });
const claims: fc.Arbitrary<AxisClaim> = fc.record({
  place: fc.constant('a.file'),
  fields: fc.constant({ offset: 'origin', dispersion: 'scale', units: 'unit' }),
  offset: number,
  dispersion: number,
  units: fc.oneof(fc.constantFrom('eV', 'keV', '', 'nm', ' eV '), fc.string()),
  isEels: fc.boolean(),
});

describe('an axis', () => {
  it('of the operator takes the place of whatever the header says', () => {
    const given = { offset: 1, dispersion: 2, units: 'eV' as const };
    fc.assert(
      fc.property(claims, (claim) => {
        expect(energyAxis(claim, given)).toEqual(given);
      }),
    );
  });

  it('of a header ascends from a number, or is refused by name and with what to type', () => {
    fc.assert(
      fc.property(claims, (claim) => {
        try {
          const { offset, dispersion } = energyAxis(claim);
          expect(Number.isFinite(offset)).toBe(true);
          expect(offset + dispersion).toBeGreaterThan(offset);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).toMatch(
            /^a.file: (origin|scale|unit): expected .*, found .*--energy/s,
          );
        }
      }),
    );
  });

  it.each<[string, Partial<AxisClaim>, string]>([
    [
      'without its first energy',
      { offset: undefined },
      'origin: expected a number, the energy of the first channel',
    ],
    [
      'that descends',
      { dispersion: -0.5 },
      'scale: expected a dispersion above 0, in eV per channel, found -0.5: spectra whose energies descend',
    ],
    ['without steps', { dispersion: 0 }, 'scale: expected a dispersion above 0, in eV per channel, found 0'],
    [
      'whose energies are all the same',
      { offset: 1e30, dispersion: 0.5 },
      'origin: expected an energy of the first channel that a step of 0.5 eV changes, found 1e+30',
    ],
    [
      'that is beyond all numbers in eV',
      { offset: -1.8e305, dispersion: 1, units: 'keV' },
      'origin: expected an energy of the first channel that a step of 1000 eV changes, found -Infinity',
    ],
    ['with a comma that may be anything', { offset: Number.NaN }, 'origin: expected a number'],
    [
      'in keV of nothing that is called EELS',
      { units: 'keV', isEels: false },
      'unit: expected eV, found "keV", which X-rays have',
    ],
    ['without a unit', { units: ' ' }, 'unit: expected eV, the unit of an energy loss, found no unit'],
  ])('%s is refused', (_name, part, message) => {
    const claim: AxisClaim = {
      place: 'a.file',
      fields: { offset: 'origin', dispersion: 'scale', units: 'unit' },
      offset: 100,
      dispersion: 0.5,
      units: 'eV',
      isEels: true,
      ...part,
    };
    expect(() => energyAxis(claim)).toThrow(`a.file: ${message}`);
  });

  it('in keV or meV is one in eV where the spectra are called EELS', () => {
    const claim = {
      place: 'a.file',
      fields: { offset: '', dispersion: '', units: '' },
      offset: 0.5,
      dispersion: 0.25,
      isEels: true,
    };
    expect(energyAxis({ ...claim, units: 'keV' })).toEqual({ offset: 500, dispersion: 250, units: 'eV' });
    expect(energyAxis({ ...claim, units: 'meV' })).toEqual({ offset: 5e-4, dispersion: 2.5e-4, units: 'eV' });
  });
});
