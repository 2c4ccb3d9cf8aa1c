import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A request as it is written, with whatever headers. */
export const requestText = (path: string, headers: Record<string, string>): string =>
  `GET ${path} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

export const upgradeHeaders = (port: number, path: string): Record<string, string> => ({
  Host: `127.0.0.1:${port}`,
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': Buffer.alloc(16, 7).toString('base64'),
  ...(path.startsWith('/live') && { 'Sec-WebSocket-Protocol': 'eelwatch.live.v1' }),
});

/** One frame of a client, whose mask of zeros leaves the payload as it is (RFC 6455 §5.2). */
export function clientFrame(opcode: number, payload: Uint8Array, fin = true): Buffer {
  const { byteLength } = payload;
  const first = (fin ? 0x80 : 0) | opcode;
  const mask = [0, 0, 0, 0];
  const short = byteLength < 126;
  const head = Buffer.from(short ? [first, 0x80 | byteLength, ...mask] : [first, 0xff, ...Array(8), ...mask]);
  if (!short) head.writeBigUInt64BE(BigInt(byteLength), 2);
  return Buffer.concat([head, payload]);
}

/** The same bytes again and again, in pieces large enough that sending them costs little. */
export const repeatedBytes = (bytes: Uint8Array): Buffer =>
  Buffer.concat(Array(Math.ceil(2 ** 18 / bytes.byteLength)).fill(bytes));

export interface RawSocket {
  socket: Socket;
  /** What the server has sent. */
  received: () => string;
}

/** A connection whose end, whatever it is, is no error. */
export async function openRaw(port: number): Promise<RawSocket> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('error', () => {});
  socket.on('data', (part: Buffer) => {
    if (parts.length < 1000) parts.push(part);
  });
  await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  return { socket, received: () => Buffer.concat(parts).toString('latin1') };
}

/** When an attack is over. */
export interface Over {
  readonly signal: AbortSignal;
  readonly promise: Promise<void>;
}

export const overWhen = (signal: AbortSignal): Over => ({
  signal,
  promise: new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
});

/** Waits for something of a connection, or its end, or that of the attack. */
export const until = (socket: Socket, event: string, over: Over): Promise<unknown> =>
  socket.destroyed
    ? Promise.resolve()
    : Promise.race([
        new Promise<void>((resolve) => {
          socket.once(event, () => resolve());
          if (event !== 'close') socket.once('close', () => resolve());
        }),
        over.promise,
      ]);

/** Sends `bytes` over and over until the connection is closed, or the attack is over. */
export async function flood(socket: Socket, bytes: Buffer, over: Over): Promise<void> {
  socket.setMaxListeners(0);
  while (!over.signal.aborted && !socket.destroyed) {
    if (socket.write(bytes)) await new Promise((resolve) => setImmediate(resolve));
    else await until(socket, 'drain', over);
  }
}
