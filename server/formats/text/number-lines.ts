import { InputError } from '../../../protocol/index.ts';

/** A line of numbers of a text file. */
export interface NumberLine {
  /** From 1 on. */
  number: number;
  text: string;
}

/** What tells whether the commas of a file are decimal signs. */
export interface NumberEvidence {
  /** How many numbers there should be, where a header says so. */
  count: number | undefined;
  /** Numbers on each line, where it is known. */
  perLine: number | undefined;
  /** The header writes its own numbers with decimal commas. */
  headerHasCommas: boolean;
}

/**
 * The numbers of lines that separate them by spaces, commas or semicolons; decimal signs may be commas where the file leaves no doubt.
 * Spaces inside numbers (`2.0 E-06`) are read.
 * @param place the file, for messages
 * @returns numbers by line
 * @throws InputError for what is no number, and for commas that may be either
 */
export function readNumberLines(lines: NumberLine[], evidence: NumberEvidence, place: string): number[][] {
  const decimal = areDecimalCommas(lines, evidence, place);
  return lines.map((line) => numbersOf(line, decimal, place));
}

function areDecimalCommas(
  lines: NumberLine[],
  { count, perLine, headerHasCommas }: NumberEvidence,
  place: string,
): boolean {
  if (!lines.some(({ text }) => /\d,\d/.test(text)) || lines.some(({ text }) => /\d\.|\.\d/.test(text)))
    return false;
  if (headerHasCommas) return true;
  const fits = (decimal: boolean): boolean => {
    let total = 0;
    for (const line of lines) {
      const words = wordsOf(line.text, decimal).length;
      if (perLine !== undefined && words !== perLine) return false;
      total += words;
    }
    return count === undefined || total === count;
  };
  if (count === undefined && perLine === undefined && !lines.some(({ text }) => /\d,\d+,\d/.test(text)))
    throw new InputError(
      place,
      `line ${lines[0].number}`,
      'expected numbers with points for decimal signs, found commas that may be decimal signs or stand between numbers; ' +
        'write points, or say in the header how many numbers there are (NPOINTS)',
    );
  return !fits(false) && fits(true);
}

const wordsOf = (text: string, decimal: boolean): string[] =>
  (decimal ? text.replace(/(\d),(?=\d)/g, '$1.') : text).match(/[^\s,;]+/g) ?? [];

function numbersOf({ text, number }: NumberLine, decimal: boolean, place: string): number[] {
  const words: string[] = [];
  for (const word of wordsOf(text, decimal)) {
    const last = words.length - 1;
    if (last >= 0 && /^[eE][+-]?\d/.test(word)) words[last] += word;
    else words.push(word);
  }
  return words.map((word) => {
    const value = Number(word);
    if (Number.isNaN(value) && !/^[+-]?nan$/i.test(word))
      throw new InputError(place, `line ${number}`, `expected numbers, found "${word.slice(0, 40)}"`);
    return value;
  });
}
