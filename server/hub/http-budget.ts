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
 * with the most of them is closed.
 */
export class HttpBudget {
  readonly #limits: HttpLimits;
  /** Since the longest ago first. */
  readonly #silent = new Set<Socket>();
  readonly #answering = new Map<Socket, ServerResponse>();

  constructor(server: Server, limits: HttpLimits = HTTP_LIMITS) {
    this.#limits = limits;
    server.on('connection', (socket) => {
      this.#rest(socket);
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
      this.#rest(socket);
    });
    return true;
  }

  #rest(socket: Socket): void {
    if (socket.destroyed) return;
    this.#silent.add(socket);
    if (this.#silent.size > this.#limits.silent) this.#closeSilent();
  }

  #closeSilent(): void {
    const counts = new Map<string | undefined, number>();
    for (const { remoteAddress } of this.#silent)
      counts.set(remoteAddress, (counts.get(remoteAddress) ?? 0) + 1);
    const most = Math.max(...counts.values());
    for (const socket of this.#silent)
      if (counts.get(socket.remoteAddress) === most) {
        this.#silent.delete(socket);
        socket.destroy();
        return;
      }
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
