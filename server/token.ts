import { readFileSync } from 'node:fs';
import { InputError } from '../protocol/index.ts';

/** Hexadecimal digits, the poorest of these characters, hold 128 bits in 32 places; all of them stand in a URL as they are. */
const FORM = /^[A-Za-z0-9_-]{32,}$/;
/** A random token of 32 hexadecimal digits has fewer once in 10⁷. */
const LEAST_VARIETY = 8;
export const TOKEN_RULE = '32 or more of A–Z, a–z, 0–9, - and _ that chance has chosen';
export const TOKEN_VARIABLE = 'EELWATCH_TOKEN';

/** Whether a text is long and varied enough that nobody guesses it: not one character or a few of them again and again, nor a row. */
export function isToken(text: string): boolean {
  if (!FORM.test(text)) return false;
  const codes = [...text].map((character) => character.charCodeAt(0));
  const steps = codes.slice(1).map((code, index) => code - codes[index]);
  const isVaried = new Set(codes).size >= LEAST_VARIETY && new Set(steps).size >= LEAST_VARIETY;
  return isVaried && !isRepeated(text);
}

/** Whether a text is its own beginning again and again, twice at least. */
function isRepeated(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period++)
    if (text.startsWith(text.slice(period))) return true;
  return false;
}

/**
 * The token that was given: on the command line, in a file, or in the environment, in this order.
 * @throws InputError when the file cannot be read, or holds or the variable is none
 */
export function givenToken(
  { token, 'token-file': path }: { token?: string | undefined; 'token-file'?: string | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (token !== undefined) return token;
  if (path !== undefined) return checked(readToken(path), path);
  const found = environment[TOKEN_VARIABLE];
  return found === undefined || found === '' ? undefined : checked(found, TOKEN_VARIABLE);
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new InputError(path, '--token-file', `expected a file with a token (${(cause as Error).message})`, {
      cause,
    });
  }
}

function checked(text: string, place: string): string {
  if (!isToken(text))
    throw new InputError(place, 'token', `expected ${TOKEN_RULE}, found ${text.length} characters`);
  return text;
}
