import { InputError } from '../../protocol/index.ts';

/** What is wrong with the address that a server was to listen on, in words. */
export function listenFault(cause: NodeJS.ErrnoException, host: string, port: number): InputError {
  const fault = (option: string, expectation: string) =>
    new InputError(option, 'address', expectation, { cause });
  switch (cause.code) {
    case 'EADDRINUSE':
      return fault('--port', `expected a free port, ${port} is in use; --port 0 takes one that is free`);
    case 'EACCES':
      return fault(
        '--port',
        `expected a port that this user may open, ${port} is denied by the system; give one from 1024 on`,
      );
    default:
      return fault('--host', `expected an address of this machine, found ${host} (${cause.message})`);
  }
}
