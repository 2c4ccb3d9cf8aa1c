import type { ServerMessage } from '../../protocol/index.ts';
import { InputError } from '../../protocol/index.ts';
import { CONTROL, serverMessage, TOPICS } from '../../protocol/live/messages.ts';
import { conform } from '../../protocol/schema.ts';

const KNOWN: ReadonlySet<string> = new Set(
  [...CONTROL, ...TOPICS].map(({ entries }) => entries.type.literal),
);

/**
 * The messages in a text: one, or several in an array.
 * @throws InputError when the text is not JSON
 */
export function parseMessages(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    throw new InputError('message', 'text', 'expected JSON', { cause });
  }
}

/**
 * A message as it came, with the fields that this client does not know.
 * @returns undefined for a type that this client does not know: the server may be newer
 * @throws InputError naming the first field that is missing or of another type
 */
export function checkedMessage(value: unknown): ServerMessage | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
    throw new InputError('message', 'type', 'expected an object with a type');
  if (!KNOWN.has(value.type)) return undefined;
  conform(serverMessage, value, `message ${value.type}`);
  return value as ServerMessage;
}
