import { steadyNow } from '../steady-now.ts';
import { backoffMs } from './backoff.ts';

export type ConnectionPhase = 'connecting' | 'live' | 'reconnecting';

export interface ConnectionState {
  phase: ConnectionPhase;
  /** Attempts since the connection was last up. */
  attempt: number;
  /** When the next attempt starts, ms since 1970; undefined while one runs. */
  retryAt?: number;
  /** What the server said when it closed, if it said anything. */
  reason?: string;
}

export interface LiveSocketOptions {
  /** Asked for at every attempt: the page may have turned to another scan. */
  url: () => string;
  /** In the order of preference. */
  protocols: string[];
  onState(state: ConnectionState): void;
  onMessage(item: string | ArrayBuffer): void;
  random: () => number;
}

/** An attempt that neither opens nor fails is given up, ms. */
const OPEN_TIMEOUT_MS = 10_000;

/** A WebSocket that comes back by itself and never gives up. */
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
    // A machine that wakes or a network that comes back should not wait for the timer.
    globalThis.addEventListener('online', this.#hurry);
  }

  /** True when the message was handed to an open connection. */
  send(text: string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** Gives up a connection that seems dead, or that speaks of another scan; the next is tried at once. */
  reopen(): void {
    const dead = this.#socket;
    this.#socket = undefined;
    dead?.close();
    this.#hurry();
  }

  close(): void {
    this.#closed = true;
    globalThis.removeEventListener('online', this.#hurry);
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
  }

  readonly #hurry = (): void => {
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
      // What a connection that was given up still says is about something else by now.
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
