import * as v from 'valibot';
import { InputError } from './errors.ts';
import type { ClientMessage } from './messages.ts';

/** The closed set of what dashboards may send; anything else is refused with a readable reason. */
const clientMessage = v.variant('type', [
  v.strictObject({
    type: v.literal('spectrum'),
    request: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    pixel: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  }),
  v.strictObject({
    type: v.literal('axis'),
    epoch: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    offset: v.pipe(v.number(), v.finite()),
    dispersion: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  }),
]);

/** Checks that valibot has no word for. */
const UNNAMED: Record<string, string> = { safe_integer: 'a whole number', finite: 'a finite number' };

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
  const expectation = expected ? `expected ${expected}, found ${issue.received}` : issue.message;
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
