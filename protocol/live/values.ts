import * as v from 'valibot';

const checked = <Value>(expects: string, holds: (value: unknown) => boolean) => ({
  ...v.custom<Value>(holds),
  expects,
});

const isNumber = (value: unknown): boolean => typeof value === 'number' || value === null;

/** A number. JSON has no NaN and no infinities: they arrive as null. */
export const number = checked<number>('number', isNumber);

/** Many numbers. A schema of arrays takes twenty times as long as this for a spectrum. */
export const numbers = checked<number[]>(
  'number[]',
  (value) => Array.isArray(value) && value.every(isNumber),
);

/**
 * One of some words. A newer monitor may send others, which must not make a client refuse the message: every text is accepted, and
 * what is not known is for the reader to leave out.
 */
export const word = <const Words extends readonly string[]>(...words: Words) => ({
  ...checked<Words[number]>('text', (value) => typeof value === 'string'),
  words,
});

/** [y, x], [rows, columns] or [from, to]. */
export const pair = v.tuple([number, number]);

export const names = v.array(v.string());
