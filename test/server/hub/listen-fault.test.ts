import { expect, it } from 'vitest';
import { listenFault } from '../../../server/hub/listen-fault.ts';

it.each([
  ['EACCES', '--port: address: expected a port that this user may open, 80 is denied by the system'],
  ['EADDRINUSE', '--port: address: expected a free port, 80 is in use'],
  [
    'EADDRNOTAVAIL',
    '--host: address: expected an address of this machine, found 10.0.0.9 (listen EADDRNOTAVAIL)',
  ],
])('blames %s on the option that is to be changed', (code, message) => {
  const cause = Object.assign(new Error(`listen ${code}`), { code });
  expect(listenFault(cause, '10.0.0.9', 80).message).toContain(message);
});
