import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonLine, terminalLines, terminalText } from '../../server/terminal-text.ts';

/** Anything, rich in what terminals obey. */
const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.integer({ min: 0, max: 0x20 }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('\x1b[2J', '\u009b31m', '\u202e', '\r', '\n', '\x07', '\ud800', '\u{e0041}', 'é', '→'),
  ),
});
/** Ranges of what a terminal obeys: controls, marks of direction, separators of lines, halves of pairs. */
const UNSAFE = [
  [0, 0x1f],
  [0x7f, 0x9f],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2066, 0x2069],
  [0xd800, 0xdfff],
  [0xe0000, 0xe007f],
];
const isUnsafe = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  return UNSAFE.some(([first, last]) => code >= first && code <= last);
};

it('nothing that a terminal obeys is left, and what people read stays', () => {
  fc.assert(
    fc.property(text, (given) => {
      expect([...terminalText(given)].filter(isUnsafe)).toEqual([]);
      expect([...jsonLine({ given })].filter(isUnsafe)).toEqual([]);
      expect(JSON.parse(jsonLine({ given }))).toEqual({ given });
    }),
  );
  expect(terminalText('Si–O 3.5 Å → é 顕微鏡 😀')).toBe('Si–O 3.5 Å → é 顕微鏡 😀');
  expect(terminalText('a\x1b[31m\u202eb\nc')).toBe('a\\x1b[31m\\u{202e}b\\x0ac');
  expect(terminalLines('a\nb\x07')).toBe('a\nb\\x07');
});
