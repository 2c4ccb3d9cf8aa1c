import type { Answer, Command, CommandRequest } from '../../../protocol/index.ts';

/** Commands of which the answer is waited for. */
export class CommandRequests {
  readonly #send: (message: CommandRequest) => boolean;
  readonly #open = new Map<number, (fault: string | undefined) => void>();
  #number = 0;

  /** @param send false when there is no connection */
  constructor(send: (message: CommandRequest) => boolean) {
    this.#send = send;
  }

  /** Resolves when the command is carried out; to why it was not, where it was not. */
  ask(command: Command): Promise<string | undefined> {
    const request = ++this.#number;
    return new Promise((resolve) => {
      if (this.#send({ type: 'command', request, command })) this.#open.set(request, resolve);
      else resolve(NO_CONNECTION);
    });
  }

  answered({ request, fault }: Pick<Answer, 'request' | 'fault'>): void {
    this.#open.get(request)?.(fault);
    this.#open.delete(request);
  }

  /** A new connection answers nothing of the old one. */
  reset(): void {
    for (const resolve of this.#open.values()) resolve(NO_CONNECTION);
    this.#open.clear();
  }
}

const NO_CONNECTION = 'there is no connection to the monitor';
