import { Script } from 'node:vm';

/** Where the script finds what it is to call. */
const CALL = Symbol.for('eelwatch.call');
const SCRIPT = new Script(`globalThis[Symbol.for('${CALL.description}')]()`, { filename: 'call-deadline' });

/** Code of the error that says so. */
export const OVERDUE = 'ERR_SCRIPT_EXECUTION_TIMEOUT';

/**
 * Calls a function that is not asynchronous, and ends it where it does not end by itself.
 * @param ms whole milliseconds
 * @throws Error with the code `OVERDUE` when it took longer, and what it throws itself
 */
export function callWithin<Result>(ms: number, call: () => Result): Result {
  const place = globalThis as unknown as Record<symbol, (() => void) | undefined>;
  const outer = place[CALL];
  // What is thrown through a script has the line of its source added, which takes long where that is a library in one line.
  let ended: { value: Result } | { error: unknown } | undefined;
  place[CALL] = () => {
    try {
      ended = { value: call() };
    } catch (error) {
      ended = { error };
    }
  };
  try {
    SCRIPT.runInThisContext({ timeout: ms, displayErrors: false });
  } finally {
    place[CALL] = outer;
  }
  const result = ended as { value: Result } | { error: unknown } | undefined;
  if (result && 'value' in result) return result.value;
  throw result?.error;
}
