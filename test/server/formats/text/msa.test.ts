import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../../../protocol/index.ts';
import { parseMsa } from '../../../../server/formats/text/msa.ts';

const msaText = (fields: Record<string, string>, data: string) =>
  `${Object.entries({
    FORMAT: 'EMSA/MAS Spectral Data File',
    NPOINTS: '3',
    XUNITS: 'eV',
    DATATYPE: 'XY',
    XPERCHAN: '0.5',
    OFFSET: '100',
    SIGNALTYPE: 'ELS',
    ...fields,
  })
    .map(([key, value]) => `#${key.padEnd(12)}: ${value}\n`)
    .join('')}#SPECTRUM    : Spectral Data Starts Here\n${data}\n#ENDOFDATA   : End Of Data and File\n`;
const PAIRS = '100, 1\n100.5, 2\n101, 3';

const parsed = (text: string) => {
  const { energy, values, ...rest } = parseMsa(text, 'a.msa');
  return { offset: energy.offset, dispersion: energy.dispersion, values: [...values], ...rest };
};

describe('reads what real files hold', () => {
  it.each<[string, string, object]>([
    ['pairs', msaText({}, PAIRS), {}],
    ['Windows line ends', msaText({}, PAIRS).replaceAll('\n', '\r\n'), {}],
    ['counts only, several a line', msaText({ DATATYPE: 'Y' }, '1, 2,\n3'), {}],
    ['tabs and exponents', msaText({}, '100\t1.0E+00\n100.5\t+2e0\n101\t.3 E1'), {}],
    ['spaces inside numbers', msaText({ XPERCHAN: '5.0 E-01', OFFSET: ' 1.0 e+02 eV' }, PAIRS), {}],
    ['two values in a field', msaText({ BEAMKV: '200.0 100.0' }, PAIRS), { beamKv: 200 }],
    ['a beam energy in V', msaText({ BEAMKV: '200000.0' }, PAIRS), { beamKv: 200 }],
    ['zeros for not known', msaText({ BEAMKV: '0.0', CONVANGLE: '0' }, PAIRS), {}],
    [
      'units in keys',
      msaText({ 'CONVANGLE-mR': '30', 'COLLANGLE-mR': '33', 'DWELLTIME-ms': '20' }, PAIRS),
      { convergenceMrad: 30, collectionMrad: 33, dwellSeconds: 0.02 },
    ],
    ['no axis but the energies', msaText({ XPERCHAN: '', OFFSET: '' }, PAIRS), {}],
    ['no header at all', '100\t1\n100.5\t2\n101\t3\n', {}],
    ['no signal type', msaText({ SIGNALTYPE: '' }, PAIRS), {}],
    ['text after the end', `${msaText({}, PAIRS)}\nsigned by nobody`, {}],
  ])('%s', (_name, text, metadata) => {
    expect(parsed(text)).toEqual({ offset: 100, dispersion: 0.5, values: [1, 2, 3], ...metadata });
  });

  it('an axis in keV where the signal is declared as energy loss', () => {
    const text = msaText({ XUNITS: 'keV', XPERCHAN: '0.0005', OFFSET: '0.1' }, '0.1, 1\n0.1005, 2\n0.101, 3');
    expect(parsed(text)).toMatchObject({ offset: 100, dispersion: 0.5 });
  });
});

describe('refused, with file, field and expectation', () => {
  it.each([
    ['X-ray spectra', msaText({ SIGNALTYPE: 'EDS' }, PAIRS), 'a.msa: SIGNALTYPE: expected ELS, found "EDS"'],
    [
      'keV of no declared signal',
      msaText({ SIGNALTYPE: '', XUNITS: 'keV' }, PAIRS),
      'a.msa: XUNITS: expected eV',
    ],
    ['fewer values than announced', msaText({}, '100, 1'), 'a.msa: NPOINTS: expected 3 values, found 1'],
    ['more values than announced', msaText({}, `${PAIRS}\n101.5, 4`), 'NPOINTS: expected 3 values, found 4'],
    ['no values', '', 'a.msa: NPOINTS: expected at least one values, found 0'],
    ['words among the counts', msaText({}, '100, 1\n100.5, two\n101, 3'), 'expected numbers, found "two"'],
    ['a torn pair', msaText({}, '100, 1\n100.5\n101, 3'), 'expected energy and counts, found 1 numbers'],
    [
      'a dispersion of zero',
      msaText({ XPERCHAN: '0' }, PAIRS),
      'a.msa: XPERCHAN: expected a dispersion above 0',
    ],
    ['no axis', msaText({ DATATYPE: 'Y', XPERCHAN: '' }, '1,2,3'), 'a.msa: XPERCHAN'],
    [
      'uneven energies without an axis',
      '100 1\n100.5 2\n104 3',
      'a.msa: energies: expected equal steps of 2 eV',
    ],
  ])('%s', (_name, text, message) => {
    expect(() => parseMsa(text, 'a.msa')).toThrow(InputError);
    expect(() => parseMsa(text, 'a.msa')).toThrow(message);
  });

  it('a file cut anywhere before its last value, or any noise', () => {
    const text = msaText({}, PAIRS);
    for (let end = 0; end < text.indexOf('101, 3'); end++)
      expect(() => parseMsa(text.slice(0, end), 'a.msa')).toThrow(InputError);
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: 'binary' }), fc.nat(text.length), (noise, at) => {
        try {
          parseMsa(text.slice(0, at) + noise + text.slice(at), 'a.msa');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
