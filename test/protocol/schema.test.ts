import fc from 'fast-check';
import { Packr, unpack } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../protocol/index.ts';
import { parseIngestMessage, scanOf } from '../../protocol/ingest.ts';
import { parseClientMessage } from '../../protocol/schema.ts';

const packr = new Packr({ useRecords: false });

describe('messages of dashboards', () => {
  it('are taken as they are specified', () => {
    const message = { type: 'spectrum', request: 0, pixel: 16_777_215 };
    expect(parseClientMessage(JSON.stringify(message))).toEqual(message);
  });

  const bad: [string, string][] = [
    ['', 'client message: JSON: expected one JSON object'],
    ['null', 'client message: message: expected Object, found null'],
    [
      '{"type":"spectrum","request":1.5,"pixel":1}',
      'client message: request: expected a whole number, found 1.5',
    ],
    ['{"type":"spectrum","request":1,"pixel":-1}', 'client message: pixel: expected >=0, found -1'],
    ['{"type":"spectrum","request":1,"pixel":"1"}', 'client message: pixel: expected number, found "1"'],
    [
      '{"type":"spectrum","request":1,"pixel":1e300}',
      'client message: pixel: expected a whole number, found 1e+300',
    ],
    [
      '{"type":"spectrum","request":1,"pixel":1,"path":"/"}',
      'client message: path: expected never, found "path"',
    ],
    [
      '{"__proto__":{"type":"spectrum"},"request":1,"pixel":1}',
      'client message: type: expected, but missing',
    ],
  ];
  for (const [text, message] of bad)
    it(`are refused in words: ${text || 'nothing'}`, () => {
      expect(() => parseClientMessage(text)).toThrow(message);
      expect(() => parseClientMessage(text)).toThrow(InputError);
    });
});

describe('messages of producers', () => {
  const scan = {
    type: 'scan',
    id: 'a',
    shape: [2, 3],
    channels: 4,
    energy: { offset: -10, dispersion: 0.25 },
    dtype: 'f64',
  };
  const spectra = { type: 'spectra', first: 0, count: 1, data: new Uint8Array(8) };

  it('are taken with what they leave out', () => {
    expect(parseIngestMessage(scan)).toEqual({
      ...scan,
      energy: { offset: -10, dispersion: 0.25, units: 'eV' },
      order: 'raster',
      pass: 0,
    });
    expect(parseIngestMessage({ ...spectra, lowLoss: null })).toEqual(spectra);
    expect(parseIngestMessage({ type: 'end' })).toEqual({ type: 'end', status: 'complete' });
    expect(parseIngestMessage({ type: 'plan?' })).toEqual({ type: 'plan?' });
    expect(parseIngestMessage({ type: 'plan?', operator: 'somebody', budget: null })).toEqual({
      type: 'plan?',
    });
  });

  it('become a scan with the fields the monitor knows', () => {
    const region = { parentId: 'survey', y: 1, x: 2, height: 2, width: 3 };
    const message = parseIngestMessage({
      ...scan,
      region,
      gain: 2,
      passes: 3,
      dwellSeconds: 0.01,
      beamKv: 60,
    });
    if (message.type !== 'scan') throw new Error('no scan');
    expect(scanOf(message)).toEqual({
      id: 'a',
      name: 'a',
      shape: [2, 3],
      channels: 4,
      energy: { offset: -10, dispersion: 0.25, units: 'eV' },
      dtype: 'f64',
      region,
      dwellSeconds: 0.01,
      beamKv: 60,
    });
  });

  const bad: [string, unknown, string][] = [
    ['a number', 7, 'ingest message: form: expected a msgpack map'],
    ['a list', [], 'ingest message: form: expected a msgpack map'],
    ['bytes', new Uint8Array(3), 'ingest message: form: expected a msgpack map'],
    ['an empty map', {}, 'ingest message: type: expected, but missing'],
    ['an empty id', { ...scan, id: '' }, 'scan: id: expected >=1, found 0'],
    ['three dimensions', { ...scan, shape: [1, 2, 3, 4] }, 'scan: shape.2: expected never, found 3'],
    ['rows that are no number', { ...scan, shape: ['1', 2] }, 'scan: shape.0: expected number, found "1"'],
    ['half a column', { ...scan, shape: [1, 2.5] }, 'scan: shape.1: expected a whole number, found 2.5'],
    ['no channels', { ...scan, channels: 0 }, 'scan: channels: expected >=1, found 0'],
    ['a list of channels', { ...scan, channels: ['HAADF'] }, 'scan: channels: expected number, found Array'],
    [
      'no dispersion',
      { ...scan, energy: { offset: 0, dispersion: 0 } },
      'scan: energy.dispersion: expected >0, found 0',
    ],
    [
      'an infinite offset',
      { ...scan, energy: { offset: Number.POSITIVE_INFINITY, dispersion: 1 } },
      'scan: energy.offset: expected a finite number, found Infinity',
    ],
    ['a negative pass', { ...scan, pass: -1 }, 'scan: pass: expected >=0, found -1'],
    [
      'another order',
      { ...scan, order: 'spiral' },
      'scan: order: expected ("raster" | "serpentine"), found "spiral"',
    ],
    [
      'a region of nothing',
      { ...scan, region: { parentId: 'b', y: 0, x: 0, height: 0, width: 1 } },
      'scan: region.height: expected >=1, found 0',
    ],
    [
      'a region without its scan',
      { ...scan, region: { y: 0, x: 0, height: 1, width: 1 } },
      'scan: region.parentId: expected, but missing',
    ],
    [
      'an exposure of nothing',
      { ...scan, region: { parentId: 'b', y: 0, x: 0, height: 1, width: 1, dwells: 0 } },
      'scan: region.dwells: expected >0, found 0',
    ],
    [
      'a sum in words',
      { ...scan, region: { parentId: 'b', y: 0, x: 0, height: 1, width: 1, sum: 'yes' } },
      'scan: region.sum: expected boolean, found "yes"',
    ],
    ['data as a list', { ...spectra, data: [1, 2] }, 'spectra: data: expected Uint8Array, found Array'],
    ['a count of nothing', { ...spectra, count: 0 }, 'spectra: count: expected >=1, found 0'],
    ['a scalar signal in words', { ...spectra, signals: { HAADF: 'bright' } }, 'spectra: signals.HAADF'],
    [
      'a scalar signal in words, under the older name',
      { ...spectra, channels: { HAADF: 'bright' } },
      'spectra: channels.HAADF',
    ],
    [
      'too many scalar signals',
      { ...spectra, signals: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`c${i}`, [1]])) },
      'expected at most 32 scalar signals',
    ],
    [
      'another end',
      { type: 'end', status: 'lost' },
      'end: status: expected ("complete" | "aborted"), found "lost"',
    ],
  ];
  for (const [what, value, message] of bad)
    it(`are refused in words: ${what}`, () => {
      expect(() => parseIngestMessage(value)).toThrow(message);
      expect(() => parseIngestMessage(value)).toThrow(InputError);
    });

  it('take every region that lies somewhere, and give it back', () => {
    const region = fc.record(
      {
        parentId: fc.string({ minLength: 1, maxLength: 200 }),
        y: fc.nat(),
        x: fc.nat(),
        height: fc.integer({ min: 1 }),
        width: fc.integer({ min: 1 }),
        dwells: fc.double({ min: 0, minExcluded: true, noNaN: true, max: 1e6 }),
        sum: fc.boolean(),
      },
      { requiredKeys: ['parentId', 'y', 'x', 'height', 'width'] },
    );
    fc.assert(
      fc.property(region, (found) => {
        const wire = unpack(packr.pack({ ...scan, region: found }));
        expect(parseIngestMessage(wire)).toMatchObject({ region: found });
      }),
    );
  });

  it('are taken or refused whatever they are', () => {
    fc.assert(
      fc.property(
        fc.anything({ withTypedArray: true, withNullPrototype: true }),
        fc.constantFrom('scan', 'spectra', 'end', 'plan?', undefined),
        (value, type) => {
          const message = type && typeof value === 'object' ? { ...value, type } : value;
          try {
            expect(['scan', 'spectra', 'end', 'plan?']).toContain(parseIngestMessage(message).type);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
    );
  });
});
