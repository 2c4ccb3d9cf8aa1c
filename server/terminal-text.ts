/**
 * Characters that a terminal obeys instead of showing them, or that make text look like another: controls, marks of direction
 * and format, separators of lines, halves of pairs.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const hex = (code: number, width: number): string => code.toString(16).padStart(width, '0');

/** Text from anywhere (ids, names of files, messages) as one line that a terminal or log can be given. */
export const terminalText = (text: string): string =>
  text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${hex(code, 2)}` : `\\u{${hex(code, 4)}}`;
  });

/** The same of a text that has several lines by intention. */
export const terminalLines = (text: string): string => text.split('\n').map(terminalText).join('\n');

/** A value as one line of JSON, the same value to who parses it, and safe to who looks at it. */
export const jsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(UNSAFE, (character) =>
    [...Array(character.length).keys()].map((at) => `\\u${hex(character.charCodeAt(at), 4)}`).join(''),
  );
