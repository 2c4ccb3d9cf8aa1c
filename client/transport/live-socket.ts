import { steadyNow } from '../steady-now.ts';
import { backoffMs } from './backoff.ts';

export type ConnectionPhase = 'connecting' | 'live' | 'reconnecting';

export interface ConnectionState {
  phase: ConnectionPhase;
  /** Attempts since the connection was last up. */
  attempt: number;
  /** When the next attempt starts, ms since 1970; undefined while one runs. */
  retryAt?: number;
  /** The server's reason for closing, if it gave one. */
  reason?: string;
}

export interface LiveSocketOptions {
  /** Called at every attempt: the page may show another scan by then. */
  url: () => string;
  /** In the order of preference. */
  protocols: string[];
  onState(state: ConnectionState): void;
  onMessage(item: string | ArrayBuffer): void;
  random: () => number;
}

/** Time after which an attempt that neither opens nor fails is given up, ms. */
const OPEN_TIMEOUT_MS = 10_000;

/** A WebSocket that reconnects until it is closed. */
export class LiveSocket {
  readonly #options: LiveSocketOptions;
  #socket: WebSocket | undefined;
  #timer: number | undefined;
  #attempt = 0;
  #closed = false;

  constructor(options: LiveSocketOptions) {
    this.#options = options;
  }

  /** Connects, and goes on connecting until `close`. */
  open(): void {
    this.#open();
    // Retry at once when the network is back.
    globalThis.addEventListener('online', this.#retryNow);
  }

  /** Returns true when the message was passed to an open connection. */
  send(text: string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Closes a connection that seems dead or is of another scan, and opens a new one at once. */
  reopen(): void {
    const dead = this.#socket;
    this.#socket = undefined;
    dead?.close();
    this.#retryNow();
  }

  close(): void {
    this.#closed = true;
    globalThis.removeEventListener('online', this.#retryNow);
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  readonly #retryNow = (): void => {
    if (this.#closed || this.#socket !== undefined) return;
    clearTimeout(this.#timer);
    this.#open();
  };

  #open(): void {
    const { url, protocols, onState, onMessage } = this.#options;
    onState({ phase: this.#attempt === 0 ? 'connecting' : 'reconnecting', attempt: this.#attempt });
    const socket = new WebSocket(url(), protocols);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    const timeout = setTimeout(() => socket.close(), OPEN_TIMEOUT_MS);
    socket.onopen = () => {
      clearTimeout(timeout);
      this.#attempt = 0;
      onState({ phase: 'live', attempt: 0 });
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      // Messages of a closed connection may still arrive, about another scan.
      if (this.#socket === socket) onMessage(event.data);
    };
    socket.onclose = (event) => {
      clearTimeout(timeout);
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (!this.#closed) this.#retry(event.reason);
    };
  }

  #retry(reason: string): void {
    this.#attempt++;
    const wait = backoffMs(this.#attempt, this.#options.random);
    this.#options.onState({
      phase: 'reconnecting',
      attempt: this.#attempt,
      retryAt: steadyNow() + wait,
      ...(reason && { reason }),
    });
    this.#timer = window.setTimeout(() => this.#open(), wait);
  }
}
