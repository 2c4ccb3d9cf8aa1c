import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DTYPES, InputError } from '../../../../protocol/index.ts';
import {
  formatRippleHeader,
  parseRippleHeader,
  type RippleHeader,
} from '../../../../server/formats/text/ripple-header.ts';

const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
const side = fc.integer({ min: 1, max: 1000 });
const headers: fc.Arbitrary<RippleHeader> = fc
  .record(
    {
      shape: fc.tuple(side, side),
      channels: fc.integer({ min: 2, max: 4096 }),
      dtype: fc.constantFrom(...DTYPES.filter((dtype) => dtype !== 'u8')),
      littleEndian: fc.constant(false),
      byteOffset: fc.integer({ min: 1, max: 1e9 }),
      recordBy: fc.constant('image' as const),
      energy: fc.record({
        offset: fc.double({ min: -1e4, max: 1e4, noNaN: true }).map((offset) => offset + 0),
        dispersion: positive,
        units: fc.constant('eV' as const),
      }),
      pixelSizeNm: positive,
      dwellSeconds: positive,
      beamKv: positive,
      convergenceMrad: positive,
      collectionMrad: positive,
      order: fc.constant('serpentine' as const),
      flybackColumns: fc.integer({ min: 1, max: 100 }),
      passes: fc.integer({ min: 2, max: 100 }),
      simulated: fc.constant(true),
      title: fc
        .stringMatching(/^[A-Za-z0-9 µ×-]{1,20}$/)
        .filter((title) => title.trim() === title && title !== ''),
    },
    { requiredKeys: ['shape', 'channels', 'dtype'] },
  )
  .map((header) => header as RippleHeader);

it('reads what it writes', () => {
  fc.assert(
    fc.property(headers, (header) => {
      expect(parseRippleHeader(formatRippleHeader(header), 'a.rpl')).toEqual(header);
    }),
  );
});

const GOOD = [
  'key\tvalue',
  'width\t6',
  'height\t49',
  'depth\t1024',
  'offset\t0',
  'data-length\t4',
  'data-type\tfloat',
  'byte-order\tlittle-endian',
  'record-by\tvector',
  'depth-scale\t0.5',
  'depth-origin\t350',
].join('\n');
const withKey = (key: string, value: string) =>
  `${GOOD.split('\n')
    .filter((line) => !line.startsWith(`${key}\t`))
    .join('\n')}\n${key}\t${value}\n`;

describe('what others write', () => {
  it('is read with comments, blank lines, spaces, further columns, capitals and Windows line ends', () => {
    const text = GOOD.replaceAll('\n', '\r\n')
      .replace('data-length\t4', '; made by hand\r\n\r\ndata-Length  \t 4\tbytes ; each')
      .replace('vector', 'Vector');
    expect(parseRippleHeader(text, 'a.rpl')).toEqual(parseRippleHeader(GOOD, 'a.rpl'));
  });

  it.each([
    ['nm', 1.5],
    ['pm', 0.0015],
    ['µm', 1500],
    ['um', 1500],
    ['m', 1.5e9],
  ])('has its pixel size in %s', (units, nm) => {
    const text = `${withKey('width-scale', '1.5')}width-units\t${units}`;
    expect(parseRippleHeader(text, 'a.rpl').pixelSizeNm).toBeCloseTo(nm, 6);
  });

  it('has no pixel size where the unit is no length', () => {
    const text = `${withKey('width-scale', '1.0')}width-units\t<undefined>`;
    expect(parseRippleHeader(text, 'a.rpl').pixelSizeNm).toBeUndefined();
  });
});

describe('refused, with file, key and expectation', () => {
  it.each([
    ['width', '0', 'whole number from 1'],
    ['width', '-6', 'whole number from 1'],
    ['width', '2147483648', 'whole number from 1'],
    ['height', '1e9', 'whole number from 1'],
    ['depth', '', 'whole number from 1'],
    ['depth', '12.5', 'whole number from 1'],
    ['data-length', '16', 'whole number from 1'],
    ['data-type', 'signed\ndata-length\t3', 'a type that has 3 bytes'],
    ['data-type', 'complex', 'unsigned or signed or float'],
    ['byte-order', 'middle-endian', 'little-endian or big-endian'],
    ['record-by', 'dont-care', 'vector or image'],
    ['depth-scale', 'NaN', 'found no number'],
    ['depth-scale', '-0.5', 'above 0'],
    ['depth-units', 'keV', 'eV'],
    ['signal', 'EDS_TEM', 'EELS'],
    ['order', 'spiral', 'raster or serpentine'],
    ['flyback-columns', '-1', 'whole number from 0'],
    ['passes', '0', 'whole number from 1'],
    ['offset', '-1', 'whole number from 0'],
  ])('%s %s', (key, value, expectation) => {
    const parse = () => parseRippleHeader(withKey(key, value), 'scan.rpl');
    expect(parse).toThrow(InputError);
    expect(parse).toThrow(`scan.rpl: ${key}: expected`);
    expect(parse).toThrow(expectation);
  });

  it('more pixels than there is memory for', () => {
    const text = withKey('width', '65536').replace('height\t49', 'height\t65536');
    expect(() => parseRippleHeader(text, 'a.rpl')).toThrow(
      'a.rpl: shape: expected 1 to 16777216 pixels, found 65536 × 65536',
    );
  });

  it('every header cut short before its last needed line, and any noise', () => {
    for (let end = 0; end < GOOD.indexOf('record-by\tvector') + 'record-by\tvector'.length; end++)
      expect(() => parseRippleHeader(GOOD.slice(0, end), 'a.rpl')).toThrow(InputError);
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.nat(GOOD.length), (noise, at) => {
        try {
          parseRippleHeader(GOOD.slice(0, at) + noise + GOOD.slice(at), 'a.rpl');
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
