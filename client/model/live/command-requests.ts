import type { Answer, Command, CommandRequest } from '../../../protocol/index.ts';

/** Commands that are sent and not answered yet. */
export class CommandRequests {
  readonly #send: (message: CommandRequest) => boolean;
  readonly #open = new Map<number, (fault: string | undefined) => void>();
  #number = 0;

  /** @param send false when there is no connection */
  constructor(send: (message: CommandRequest) => boolean) {
    this.#send = send;
  }

  /** Resolves to undefined once the command is carried out, or to the reason for a refusal. */
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

  /** After a reconnection: earlier commands get no answer any more. */
  reset(): void {
    for (const resolve of this.#open.values()) resolve(NO_CONNECTION);
    this.#open.clear();
  }
}

const NO_CONNECTION = 'there is no connection to the monitor';
