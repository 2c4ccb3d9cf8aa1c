import * as v from 'valibot';
import type { RescanFile } from './sources/rescans/with-rescans.ts';

/** What a value must look like, as its description says it; numbers come as text from the command line. */
const number = v.pipe(
  v.union([v.pipe(v.string(), v.trim(), v.nonEmpty(), v.transform(Number)), v.number()]),
  v.number(),
  v.finite(),
);

/** A switch; in a config file it may also be off. */
export const flag = () => v.optional(v.pipe(v.boolean(), v.description('true or false')), false);

export const anyNumber = () => v.pipe(number, v.description('a number'));

export const whole = (min: number, max: number) =>
  v.pipe(
    number,
    v.integer(),
    v.minValue(min),
    v.maxValue(max),
    v.description(`a whole number from ${min} to ${max}`),
  );

export const atLeast = (min: number) =>
  v.pipe(number, v.minValue(min), v.description(`a number from ${min} on`));

export const above = (min: number) => v.pipe(number, v.gtValue(min), v.description(`a number above ${min}`));

export const between = (min: number, max: number) =>
  v.pipe(number, v.minValue(min), v.maxValue(max), v.description(`a number from ${min} to ${max}`));

/** Greater than 0. */
export const upTo = (max: number) =>
  v.pipe(number, v.gtValue(0), v.maxValue(max), v.description(`a number above 0, at most ${max}`));

export const oneOf = <const Choices extends readonly string[]>(choices: Choices) =>
  v.pipe(v.picklist(choices), v.description(listed(choices)));

/** One of these words, or what `other` says. */
export const wordOr = <const Words extends readonly string[], Other extends v.GenericSchema>(
  words: Words,
  other: Other,
) =>
  v.pipe(
    v.union([v.picklist(words), other]),
    v.description(listed([...words, v.getDescription(other) ?? other.expects])),
  );

/** `a, b or c`. */
const listed = (items: readonly string[]): string =>
  items.length === 1 ? items[0] : `${items.slice(0, -1).join(', ')} or ${items[items.length - 1]}`;

export const text = (what: string) => v.pipe(v.string(), v.nonEmpty(), v.description(what));

/** Two values with a comma between them; a config file may give them as an array. */
export const pair = <First extends v.GenericSchema, Second extends v.GenericSchema>(
  first: First,
  second: Second,
  what: string,
) =>
  v.pipe(
    v.unknown(),
    v.transform((value) => (typeof value === 'string' ? value.split(',') : value)),
    v.strictTuple([first, second]),
    v.description(what),
  );

/** One or several rescans: `file@y,x` or `file@y,x,dwells`. */
export const rescans = () =>
  v.pipe(
    v.union([
      v.array(v.string()),
      v.pipe(
        v.string(),
        v.transform((one) => [one]),
      ),
    ]),
    v.array(
      v.pipe(
        v.string(),
        v.transform(parseRescan),
        v.custom<RescanFile>((found) => found !== undefined),
      ),
    ),
    v.description('file@row,column or file@row,column,dwells'),
  );

/** The last `@` splits. Undefined for anything else. */
function parseRescan(given: string): RescanFile | undefined {
  const [, path, place] = given.match(/^(.+)@([^@]*)$/s) ?? [];
  const [, y, x, dwells] = place?.match(/^\s*(\d+)\s*,\s*(\d+)\s*(?:,\s*(\d*\.?\d+)\s*)?$/) ?? [];
  if (path === undefined || y === undefined || Number(dwells ?? 1) <= 0) return undefined;
  return { path, y: Number(y), x: Number(x), ...(dwells !== undefined && { dwells: Number(dwells) }) };
}

/** `first:end`, counted from 0, the end not included. */
export const rowRange = () =>
  v.pipe(
    v.string(),
    v.transform(parseRows),
    v.custom<[number, number]>((found) => found !== undefined),
    v.description('two rows, first:end, counted from 0, the first before the end'),
  );

function parseRows(text: string): [number, number] | undefined {
  const [, first, end] = text.match(/^\s*(\d{1,6})\s*:\s*(\d{1,6})\s*$/) ?? [];
  return first !== undefined && Number(first) < Number(end) ? [Number(first), Number(end)] : undefined;
}
