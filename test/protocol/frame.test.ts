import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bundleFrames,
  decodeBundle,
  decodeFrame,
  encodeFrame,
  FRAME_HEADER_BYTES,
  InputError,
  type LayerFrame,
} from '../../protocol/index.ts';

const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const frames: fc.Arbitrary<LayerFrame> = fc
  .record({
    epoch: u32,
    layer: u32,
    revision: u32,
    firstRow: u32,
    rows: fc.integer({ min: 1, max: 5 }),
    columns: fc.integer({ min: 1, max: 7 }),
    components: fc.integer({ min: 1, max: 2 }),
    isFloat: fc.boolean(),
  })
  .chain(({ isFloat, ...header }) => {
    const length = header.rows * header.columns * header.components;
    const size = { minLength: length, maxLength: length };
    const data: fc.Arbitrary<LayerFrame['data']> = isFloat ? fc.float32Array(size) : fc.int16Array(size);
    return data.map((samples) => ({ ...header, data: samples }));
  });

const small = (): Uint8Array<ArrayBuffer> =>
  encodeFrame({
    epoch: 1,
    layer: 2,
    revision: 3,
    firstRow: 4,
    rows: 2,
    columns: 3,
    components: 1,
    data: Int16Array.of(-2, -1, 0, 1, 2, 3),
  });

describe('a frame', () => {
  it('holds after encoding and decoding what it held before', () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const decoded = decodeFrame(encodeFrame(frame).buffer);
        expect(decoded).toEqual(frame);
        expect(decoded.data.constructor).toBe(frame.data.constructor);
      }),
    );
  });

  it('survives a bundle with others', () => {
    fc.assert(
      fc.property(fc.array(frames, { minLength: 1, maxLength: 5 }), (several) => {
        const bundle = bundleFrames(several.map(encodeFrame));
        expect([...decodeBundle(new Uint8Array(bundle).buffer)]).toEqual(several);
      }),
    );
  });

  it('that is torn ends a bundle with a reason', () => {
    const bundle = bundleFrames([small(), small()]);
    expect(() => [...decodeBundle(bundle.slice(0, -1).buffer)]).toThrow('12 bytes of samples, found 11');
    expect(() => [...decodeBundle(bundle.slice(0, small().length + 9).buffer)]).toThrow(
      'expected at least 32',
    );
  });

  it('has the layout of the specification', () => {
    const header = '454c4546' + '01020100' + '0100000002000000' + '0300000004000000' + '0200000003000000';
    // "EELF" read as characters.
    expect(Buffer.from(small()).toString('latin1', 0, 4)).toBe('EELF');
    expect(Buffer.from(small()).toString('hex')).toBe(
      `${header.replace('454c4546', '45454c46')}feffffff0000010002000300`,
    );
  });

  it('takes a view of part of a larger array', () => {
    const whole = Float32Array.from({ length: 10 }, (_, i) => i);
    const bytes = encodeFrame({
      epoch: 0,
      layer: 0,
      revision: 0,
      firstRow: 1,
      rows: 1,
      columns: 3,
      components: 1,
      data: whole.subarray(4, 7),
    });
    expect([...decodeFrame(bytes.buffer).data]).toEqual([4, 5, 6]);
  });

  it('is not made of another number of samples than it says', () => {
    const wrong = {
      epoch: 0,
      layer: 0,
      revision: 0,
      firstRow: 0,
      rows: 2,
      columns: 2,
      components: 1,
      data: new Float32Array(3),
    };
    expect(() => encodeFrame(wrong)).toThrow(RangeError);
  });
});

describe('a hostile frame', () => {
  const hostile: [string, (bytes: Uint8Array, view: DataView) => void, string][] = [
    ['magic', (bytes) => bytes.set([0x46], 0), 'frame: magic: expected "EELF"'],
    ['version', (bytes) => bytes.set([9], 4), 'frame: version: expected 1, found 9'],
    ['dtype', (bytes) => bytes.set([3], 5), 'frame: dtype: expected 1 (f32) or 2 (i16), found 3'],
    [
      'dtype of another size',
      (bytes) => bytes.set([1], 5),
      'frame: length: expected 24 bytes of samples, found 12',
    ],
    ['components', (bytes) => bytes.set([2], 6), 'frame: length: expected 24 bytes of samples, found 12'],
    ['no components', (bytes) => bytes.set([0], 6), 'frame: components: expected at least 1, found 0'],
    [
      'rows',
      (_, view) => view.setUint32(24, 0xffffffff, true),
      'frame: length: expected 25769803770 bytes of samples, found 12',
    ],
    [
      'columns',
      (_, view) => view.setUint32(28, 1, true),
      'frame: length: expected 4 bytes of samples, found 12',
    ],
  ];
  for (const [field, spoil, message] of hostile)
    it(`is refused for its ${field}`, () => {
      const bytes = small();
      spoil(bytes, new DataView(bytes.buffer));
      expect(() => decodeFrame(bytes.buffer)).toThrow(
        new InputError(...(message.split(': ') as [string, string, string])),
      );
    });

  it('is refused when it is cut off or has something behind it', () => {
    const bytes = small();
    for (let length = 0; length < bytes.length; length++)
      expect(() => decodeFrame(bytes.buffer.slice(0, length))).toThrow(InputError);
    expect(() => decodeFrame(new Uint8Array([...bytes, 0]).buffer)).toThrow(InputError);
  });

  it('never does anything but decode or be refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (bytes, looksRight) => {
        const copy = Uint8Array.from(bytes);
        if (looksRight && copy.length > 6) copy.set([0x45, 0x45, 0x4c, 0x46, 1, 2]);
        try {
          const { rows, columns, components, data } = decodeFrame(copy.buffer);
          expect(data.length).toBe(rows * columns * components);
          expect(data.byteLength).toBe(copy.length - FRAME_HEADER_BYTES);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});
