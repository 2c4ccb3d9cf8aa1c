import * as v from 'valibot';
import { FASTEST_REPLAY, MOST_ANNOTATION_TEXT, MOST_AUTHOR_TEXT, SLOWEST_REPLAY } from './commands.ts';
import { InputError } from './errors.ts';
import type { ClientMessage } from './messages.ts';
import { PLAN_TERMS } from './plan.ts';
import { MOST_PLAN_DWELLS, MOST_PLAN_REGIONS } from './plan-budget.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** ms since 1970. */
const moment = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const extent = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const words = (most: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(most));

const place = v.variant('kind', [
  v.strictObject({ kind: v.literal('point'), y: whole, x: whole }),
  v.strictObject({ kind: v.literal('region'), y: whole, x: whole, height: extent, width: extent }),
]);

const rectangle = v.strictObject({
  y: whole,
  x: whole,
  height: extent,
  width: extent,
  dwells: v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(MOST_PLAN_DWELLS)),
});

const budget = v.strictObject({
  unit: v.picklist(['percent', 'seconds', 'pixels', 'dose']),
  value: v.pipe(v.number(), v.finite(), v.gtValue(0)),
});

const terms = v.pipe(
  v.array(v.picklist(PLAN_TERMS)),
  v.check(
    (all) => all.length > 0 && new Set(all).size === all.length,
    `expected at least one of ${PLAN_TERMS.join(', ')}, each once`,
  ),
);

/** The closed set of what a page can have done; also what is posted to `/api/player`. */
export const command = v.variant('type', [
  v.strictObject({
    type: v.literal('axis'),
    epoch: whole,
    offset: v.pipe(v.number(), v.finite()),
    dispersion: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  }),
  v.strictObject({ type: v.literal('play') }),
  v.strictObject({ type: v.literal('pause') }),
  v.strictObject({ type: v.literal('step'), rows: v.pipe(v.number(), v.safeInteger()) }),
  v.strictObject({ type: v.literal('seek'), at: moment }),
  v.strictObject({ type: v.literal('seek-row'), row: whole }),
  v.strictObject({
    type: v.literal('speed'),
    speed: v.union(
      [v.pipe(v.number(), v.minValue(SLOWEST_REPLAY), v.maxValue(FASTEST_REPLAY)), v.literal('max')],
      `expected ${SLOWEST_REPLAY} to ${FASTEST_REPLAY}, or "max"`,
    ),
  }),
  v.strictObject({ type: v.literal('loop'), on: v.boolean() }),
  v.strictObject({
    type: v.literal('annotate'),
    text: words(MOST_ANNOTATION_TEXT),
    author: v.exactOptional(words(MOST_AUTHOR_TEXT)),
    place: v.exactOptional(place),
    at: v.exactOptional(moment),
  }),
  v.strictObject({ type: v.literal('remove-annotation'), id: words(MOST_AUTHOR_TEXT) }),
  v.strictObject({ type: v.literal('plan'), epoch: whole, request: v.strictObject({ budget, terms }) }),
  v.strictObject({
    type: v.literal('accept-plan'),
    epoch: whole,
    rectangles: v.pipe(
      v.array(rectangle),
      v.check(
        ({ length }) => length >= 1 && length <= MOST_PLAN_REGIONS,
        `expected 1 to ${MOST_PLAN_REGIONS} rectangles`,
      ),
    ),
  }),
  v.strictObject({ type: v.literal('withdraw-plan'), epoch: whole }),
]);

/** The closed set of what dashboards may send; anything else is refused with a readable reason. */
const clientMessage = v.variant('type', [
  v.strictObject({ type: v.literal('spectrum'), request: whole, pixel: whole }),
  v.strictObject({ type: v.literal('command'), request: whole, command }),
]);

/** Checks that valibot has no word for. */
const UNNAMED: Record<string, string> = { safe_integer: 'a whole number', finite: 'a finite number' };

/** Longest text from outside that an error repeats. */
const MOST_REPEATED = 80;
const shortened = (text: string): string =>
  text.length <= MOST_REPEATED ? text : `${text.slice(0, MOST_REPEATED)}…`;

/**
 * Holds a value from outside against a schema.
 * @param place what the value is, for the error
 * @throws InputError naming the first field that is wrong
 */
export function conform<Output>(
  schema: v.BaseSchema<unknown, Output, v.BaseIssue<unknown>>,
  value: unknown,
  place: string,
): Output {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue) ?? 'message';
  if (issue.received === 'undefined') throw new InputError(place, field, 'expected, but missing');
  const expected = issue.expected ?? UNNAMED[issue.type];
  const expectation = expected ? `expected ${expected}, found ${shortened(issue.received)}` : issue.message;
  throw new InputError(place, field, expectation);
}

/**
 * Parses what a dashboard sent.
 * @throws InputError when it is no JSON or no message of the protocol
 */
export function parseClientMessage(text: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError('client message', 'JSON', 'expected one JSON object', { cause });
  }
  return conform(clientMessage, value, 'client message');
}
