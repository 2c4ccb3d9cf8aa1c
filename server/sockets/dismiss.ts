import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

const OPEN = 1;
/** The reason of a goodbye is limited to 123 bytes (RFC 6455 §5.5), which may be three to a character. */
const REASON_CHARACTERS = 100;
const REASON_BYTES = 123;
/** What may still come from a client that has been sent a goodbye: its own goodbye, and what was under way. */
const LAST_BYTES = 16 * 1024;
const LAST_MS = 2000;

/**
 * Sends a WebSocket away. Whoever answers the goodbye is closed in order; whoever goes on sending is cut off, since all that it
 * sends would be parsed at the expense of the others.
 * @param wire what the socket runs over
 */
export function dismiss(ws: WebSocket, wire: Socket, code: number, reason: string): void {
  if (ws.readyState !== OPEN) return;
  ws.close(code, fitting(reason));
  let bytes = 0;
  wire.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > LAST_BYTES) ws.terminate();
  });
  const timer = setTimeout(() => ws.terminate(), LAST_MS);
  timer.unref();
  ws.once('close', () => clearTimeout(timer));
}

function fitting(reason: string): string {
  let text = reason.slice(0, REASON_CHARACTERS);
  while (Buffer.byteLength(text) > REASON_BYTES) text = text.slice(0, -1);
  return text;
}
