import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPAQUE, readPlainPickle } from '../../../../server/formats/zipped/plain-pickle.ts';
import { contentNamed } from '../../../support/nion-and-panta-rhei.ts';

const ascii = (text: string) => Buffer.from(text, 'latin1');
const integer = (value: number) => {
  const bytes = Buffer.alloc(5, 'J');
  bytes.writeInt32LE(value, 1);
  return bytes;
};
const text = (value: string) => {
  const bytes = Buffer.from(value);
  const head = Buffer.alloc(5, 'X');
  head.writeUInt32LE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
};
const float = (value: number) => {
  const bytes = Buffer.alloc(9, 'G');
  bytes.writeDoubleBE(value, 1);
  return bytes;
};

type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

/** As Python pickles it, in protocol 2 and without a memo. */
function pickled(value: Plain): Buffer {
  if (value === null) return ascii('N');
  if (typeof value === 'boolean') return ascii(value ? '\x88' : '\x89');
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number')
    return Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0)
      ? integer(value)
      : float(value);
  if (Array.isArray(value)) return Buffer.concat([ascii(']('), ...value.map(pickled), ascii('e')]);
  const items = Object.entries(value).flatMap(([name, item]) => [text(name), pickled(item)]);
  return Buffer.concat([ascii('}('), ...items, ascii('u')]);
}

const whole = (body: Buffer) => Buffer.concat([ascii('\x80\x02'), body, ascii('.')]);

const plain = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('value')),
    fc.dictionary(fc.string(), tie('value')),
  ),
})).value;

describe('pickles read as data', () => {
  it('give the plain values that were pickled', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(readPlainPickle(whole(pickled(value)))).toEqual(value);
      }),
    );
  });

  it.each([
    ['GLOBAL and REDUCE', whole(Buffer.concat([ascii('cos\nsystem\n('), text('true'), ascii('tR')]))],
    ['STACK_GLOBAL', whole(Buffer.concat([text('os'), text('system'), ascii('\x93')]))],
    ['NEWOBJ', whole(ascii('cos\nsystem\n)\x81'))],
  ])('call and look up nothing: %s', (_, bytes) => {
    expect(readPlainPickle(bytes)).toBe(OPAQUE);
  });

  it('put nothing into the prototypes of objects', () => {
    const value = readPlainPickle(
      whole(pickled(JSON.parse('{"__proto__": {"polluted": 1}, "a": 2}') as Plain)),
    );
    expect(Object.keys(value as object)).toEqual(['__proto__', 'a']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it.each([
    ['a persistent id', ascii('\x80\x02Pfile\n.'), 'opcode 0x50'],
    ['an instance', ascii('\x80\x02(ios\nsystem\n.'), 'opcode 0x69'],
    ['an extension', ascii('\x80\x02\x82\x01.'), 'opcode 0x82'],
    ['no end', ascii('\x80\x02N'), 'cut off'],
    ['no value', ascii('\x80\x02.'), 'a value is missing'],
    ['no mark', ascii('\x80\x02Nt.'), 'a mark is missing'],
    ['nothing remembered', ascii('\x80\x02h\x05.'), 'value 5 is missing'],
    [
      'too much',
      Buffer.concat([ascii('\x80\x02'), Buffer.alloc(200_000, 'N'), ascii('.')]),
      'more than 100000',
    ],
    ['a long text', Buffer.concat([ascii('\x80\x02X\xff\xff\xff\xff')]), 'cut off'],
  ])('refuse %s', (_, bytes, message) => {
    expect(() => readPlainPickle(bytes)).toThrow(RangeError);
    expect(() => readPlainPickle(bytes)).toThrow(message);
  });

  it('end by a value or a RangeError, whatever the bytes', () => {
    const ends = (bytes: Uint8Array) => {
      try {
        readPlainPickle(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), ends), { numRuns: 2000 });
    const real = contentNamed('protocol4.prz');
    const start = real.indexOf('\x80\x04', 0, 'latin1');
    const good = real.subarray(start, real.indexOf('.PK', start, 'latin1') + 1);
    expect(readPlainPickle(good)).toMatchObject([{ type: '3D', 'filter.mode': 'EELS' }]);
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(good.length - 1), fc.nat(255), (length, at, value) => {
        const bytes = Buffer.from(good);
        bytes[at] = value;
        ends(bytes.subarray(0, length));
        ends(bytes);
      }),
      { numRuns: 1000 },
    );
  });
});
