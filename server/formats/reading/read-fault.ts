import { InputError } from '../../../protocol/index.ts';

/**
 * Why bytes of a file could not be had.
 * - `short`: the file ends before them
 * - `changed`: it is not the file, or not in the state, that was opened
 * - `gone`: there is no file of that name
 * - `transient`: the system failed in a way that often passes (a share that hiccups, too many open files)
 * - `unreadable`: it will not be read however often it is tried
 */
export type ReadFaultCode = 'short' | 'changed' | 'gone' | 'transient' | 'unreadable';

/** Bytes of a file that could not be read. Nothing takes their place. */
export class ReadFault extends InputError {
  readonly code: ReadFaultCode;

  /** @param expectation what was expected, and what was found */
  constructor(code: ReadFaultCode, path: string, expectation: string, options?: { cause?: unknown }) {
    super(path, 'samples', expectation, options);
    this.code = code;
  }
}

/** Errors of the system that another try may not meet. */
const PASSING = new Set([
  ...['EIO', 'EREMOTEIO', 'ESTALE', 'EAGAIN', 'EBUSY', 'EINTR', 'ETIMEDOUT'],
  ...['EACCES', 'EPERM', 'EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS'],
  ...['ENOTCONN', 'ECONNRESET', 'ECONNABORTED', 'EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH'],
]);

/** An error of the system as a fault of reading; any other error stays what it is. */
export function readFault(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof ReadFault || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error;
  const options = { cause: error };
  if (code === 'ENOENT') return new ReadFault('gone', path, 'expected to exist, found no such file', options);
  const kind = PASSING.has(code) ? 'transient' : 'unreadable';
  return new ReadFault(kind, path, `expected to be readable, found ${message}`, options);
}
