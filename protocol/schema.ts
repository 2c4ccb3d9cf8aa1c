import * as v from 'valibot';
import type { ClientMessage } from './commands.ts';
import { InputError } from './errors.ts';
import { clientMessage } from './live/commands.ts';

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
