import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface HttpLimits {
  /** Connections that have not sent a whole request, or are between two. */
  silent: number;
  /** Requests that are being answered. */
  answering: number;
}

export const HTTP_LIMITS: HttpLimits = { silent: 128, answering: 128 };

/**
 * Keeps connections that do nothing from taking the place of those that do: where there are too many, the oldest of the address
 * with the most of them is closed, of those that have never asked anything first.
 */
export class HttpBudget {
  readonly #limits: HttpLimits;
  /** Since the longest ago first, with whether they have ever asked anything. */
  readonly #silent = new Map<Socket, boolean>();
  readonly #answering = new Map<Socket, ServerResponse>();

  constructor(server: Server, limits: HttpLimits = HTTP_LIMITS) {
    this.#limits = limits;
    server.on('connection', (socket) => {
      this.#rest(socket, false);
      socket.once('close', () => {
        this.#silent.delete(socket);
        this.#answering.delete(socket);
      });
    });
    server.on('upgrade', (_request, socket: Socket) => this.#silent.delete(socket));
  }

  /**
   * A request has come whole.
   * @returns whether it can be answered: not while as many others are, all of whose answers are taken
   */
  take(socket: Socket, response: ServerResponse): boolean {
    this.#silent.delete(socket);
    if (this.#answering.size >= this.#limits.answering && !this.#closeStalled()) return false;
    this.#answering.set(socket, response);
    response.once('close', () => {
      if (this.#answering.get(socket) !== response) return;
      this.#answering.delete(socket);
      this.#rest(socket, true);
    });
    return true;
  }

  #rest(socket: Socket, hasAsked: boolean): void {
    if (socket.destroyed) return;
    this.#silent.set(socket, hasAsked);
    if (this.#silent.size > this.#limits.silent) this.#closeSilent();
  }

  #closeSilent(): void {
    const all = [...this.#silent];
    const strangers = all.filter(([, hasAsked]) => !hasAsked);
    const among = (strangers.length > 0 ? strangers : all).map(([socket]) => socket);
    const counts = new Map<string | undefined, number>();
    for (const { remoteAddress } of among) counts.set(remoteAddress, (counts.get(remoteAddress) ?? 0) + 1);
    const most = Math.max(...counts.values());
    const oldest = among.find(({ remoteAddress }) => counts.get(remoteAddress) === most);
    if (!oldest) return;
    this.#silent.delete(oldest);
    oldest.destroy();
  }

  /** Makes room by closing a connection whose answer waits for its client to read on. */
  #closeStalled(): boolean {
    for (const socket of this.#answering.keys())
      if (socket.writableLength > 0) {
        this.#answering.delete(socket);
        socket.destroy();
        return true;
      }
    return false;
  }
}
