import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { FrameMeter } from './frame-meter.ts';

const OPEN = 1;
/** The reason of a goodbye is limited to 123 bytes (RFC 6455 §5.5). */
const REASON_BYTES = 123;
/** What may still come from a client that has been sent a goodbye: its own goodbye, and what was under way. */
const LAST_BYTES = 16 * 1024;
const LAST_MS = 2000;

/**
 * Stands between the wire and the library that parses it: what comes is counted first, and once a client has been sent away what
 * it goes on sending is not parsed at the expense of the others.
 */
export class GuardedSocket {
  readonly frames = new FrameMeter();
  readonly #ws: WebSocket;
  #lastBytes = 0;

  /**
   * @param wire what the socket runs over; nothing has been read from it yet
   * @param look told of the next bytes once they are counted, with the number of frames that begin in them; may send the
   * client away, and then they are not parsed
   */
  constructor(ws: WebSocket, wire: Socket, look: (bytes: number, frames: number) => void) {
    this.#ws = ws;
    // Those of the library, which hand the bytes on to its parser.
    const parsers = wire.listeners('data') as ((this: Socket, chunk: Buffer) => void)[];
    const take = (chunk: Buffer): void => {
      if (ws.readyState === OPEN) {
        const before = this.frames.frames;
        this.frames.take(chunk);
        look(chunk.byteLength, this.frames.frames - before);
        if (ws.readyState !== OPEN) return;
      } else {
        this.#lastBytes += chunk.byteLength;
        if (this.#lastBytes > LAST_BYTES) {
          ws.terminate();
          return;
        }
      }
      for (const parse of parsers) parse.call(wire, chunk);
    };
    wire.removeAllListeners('data');
    wire.on('data', take);
    // At the end the library reads what is left by itself.
    wire.prependOnceListener('close', () => wire.off('data', take));
  }

  get isOpen(): boolean {
    return this.#ws.readyState === OPEN;
  }

  /** Says goodbye. Whoever answers it is closed in order, whoever goes on sending is cut off, and so is who does neither. */
  dismiss(code: number, reason: string): void {
    const ws = this.#ws;
    if (!this.isOpen) return;
    ws.close(code, fitting(reason));
    // An answer can only be seen where it is read.
    if (ws.isPaused) ws.resume();
    // What has come of a message that nobody waits for any more takes memory until then.
    const patience = this.frames.unfinishedBytes > LAST_BYTES ? 0 : LAST_MS;
    const timer = setTimeout(() => ws.terminate(), patience).unref();
    ws.once('close', () => clearTimeout(timer));
  }
}

function fitting(reason: string): string {
  let text = reason.slice(0, REASON_BYTES);
  while (Buffer.byteLength(text) > REASON_BYTES) text = text.slice(0, -1);
  return text;
}
