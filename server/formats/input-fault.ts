import { InputError } from '../../protocol/index.ts';

const MEANINGS: Record<string, string> = {
  ENOENT: 'expected to exist',
  EACCES: 'expected permission to read it',
  EPERM: 'expected permission to read it',
  EISDIR: 'expected a file, found a folder',
};

/** What the file system says about a file, as bad input; anything else stays what it is. */
export function inputFault(error: unknown, path: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof InputError || typeof code !== 'string') return error;
  return new InputError(path, 'file', MEANINGS[code] ?? `expected to be readable (${code})`, {
    cause: error,
  });
}
