import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { checkMsgpack, MSGPACK_BOUNDS } from '../../protocol/msgpack-bounds.ts';

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const check = (bytes: Uint8Array) => checkMsgpack(bytes, 'message');
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** All that msgpack has, lengths on both sides of where its formats change among them. */
const scalar = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(null, true, false, undefined),
  fc.date({ noInvalidDate: true }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(31, 32, 255, 256, 65_535, 65_536).map((length) => 'x'.repeat(length)),
  fc.constantFrom(0, 255, 256, 65_535, 65_536).map((length) => new Uint8Array(length)),
  fc.constantFrom(15, 16, 65_535, 65_536).map((length) => new Array<number>(length).fill(1)),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 5 }),
  ),
})).value;

const bytesOf = (content: unknown): Uint8Array => new Uint8Array(packr.pack(content));

/** Milliseconds that the processor has worked for this program from now on, whatever else it works for. */
function processorMs(): () => number {
  const start = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
}

describe('what msgpackr encodes', () => {
  it('passes where it lies within the bounds', () => {
    fc.assert(
      fc.property(value, (content) => {
        const loose = { values: 1e9, containers: 1e9, entries: 1e9, depth: 1e9, text: 1e9 };
        checkMsgpack(bytesOf({ content }), 'message', loose);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused when it is cut short, or goes on', () => {
    fc.assert(
      fc.property(value, fc.nat(), (content, at) => {
        const bytes = bytesOf({ content });
        expect(() => check(bytes.subarray(0, at % bytes.length))).toThrow(
          /cut short|found \d+ bytes|at most/,
        );
        expect(() => check(Buffer.concat([bytes, hex('00')]))).toThrow(/found 1 more bytes|at most/);
      }),
      { numRuns: 200 },
    );
  });

  it('whatever passes is decoded, or refused by msgpackr itself, without any bytes left', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          check(bytes);
        } catch {
          return;
        }
        let fault: unknown;
        try {
          unpackr.unpack(bytes);
        } catch (error) {
          fault = error;
        }
        expect(String(fault)).not.toMatch(/end of buffer|Unexpected end/);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('what costs more than its bytes is refused before it is decoded', () => {
  const { values, depth, entries, containers, text } = MSGPACK_BOUNDS;
  const repeated = (head: string, byte: number, count: number) => {
    const bytes = new Uint8Array(head.length / 2 + count).fill(byte);
    bytes.set(hex(head));
    return bytes;
  };
  it.each<[string, Uint8Array, RegExp]>([
    ['60 Mi empty maps', repeated('dd03c00000', 0x80, 0x3c00000), new RegExp(`at most ${values} values`)],
    ['a length without its bytes', hex('dd00010000 80'), /expected 65536 members .* found 1 bytes/],
    ['arrays within arrays', repeated('', 0x91, 1e6), new RegExp(`at most ${depth} arrays and maps within`)],
    ['maps within maps', hex('81a161'.repeat(1e5)), new RegExp(`at most ${depth} arrays and maps within`)],
    [
      'many small maps',
      repeated('dc2000', 0x80, 0x2000),
      new RegExp(`at most ${containers} arrays and maps`),
    ],
    [
      'keys',
      Buffer.concat([hex('de2000'), new Uint8Array(0x4000)]),
      new RegExp(`at most ${entries} entries`),
    ],
    ['text', repeated('db00100000', 0x61, 2 ** 20), new RegExp(`at most ${text} bytes of text`)],
    ['extensions', hex('c7 01 72 00'), /found extension type 114 at byte 2/],
    ['a type there is not', hex('91 c1'), /found c1 at byte 1/],
    ['nothing', hex(''), /cut short/],
  ])('%s', (_name, bytes, message) => {
    const spent = processorMs();
    expect(() => check(bytes)).toThrow(message);
    expect(spent()).toBeLessThan(50);
  });

  it('bytes are free', () => {
    const bytes = bytesOf({ type: 'spectra', first: 0, count: 1, data: new Uint8Array(60 * 2 ** 20) });
    const spent = processorMs();
    check(bytes);
    expect(spent()).toBeLessThan(50);
  });
});
