import {
  type Command,
  type CommandRequest,
  type Control,
  InputError,
  type PixelSpectrum,
  type SpectrumRequest,
} from '../../protocol/index.ts';
import { parseClientMessage } from '../../protocol/schema.ts';

/** What a dashboard may ask for. */
export interface Asked {
  spectrum(pixel: number): Promise<PixelSpectrum>;
  command(command: Command): Promise<void>;
  /** A message was none of the protocol. */
  refused(): void;
}

/** Serves what one dashboard asks for; errors are told to it. */
export class ClientRequests {
  readonly #asked: Asked;
  readonly #send: (message: Control) => void;
  #answering = false;
  #nextSpectrum: SpectrumRequest | undefined;

  constructor(asked: Asked, send: (message: Control) => void) {
    this.#asked = asked;
    this.#send = send;
  }

  /** @param text a message as it came */
  serve(text: string): void {
    try {
      const message = parseClientMessage(text);
      if (message.type === 'spectrum') this.#nextSpectrum = message;
      else void this.#carryOut(message);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.#asked.refused();
      this.#send({ type: 'fault', message: error.message });
      return;
    }
    if (this.#nextSpectrum && !this.#answering) void this.#answer();
  }

  /** Commands are answered each, in the order in which they are done. */
  async #carryOut({ request, command }: CommandRequest): Promise<void> {
    try {
      await this.#asked.command(command);
      this.#send({ type: 'answer', request });
    } catch (error) {
      this.#send({ type: 'answer', request, fault: messageOf(error) });
    }
  }

  /** Serves one request at a time and then the newest: those in between are of no interest to a moving pointer. */
  async #answer(): Promise<void> {
    this.#answering = true;
    while (this.#nextSpectrum) {
      const { request, pixel } = this.#nextSpectrum;
      this.#nextSpectrum = undefined;
      try {
        this.#send({ ...(await this.#asked.spectrum(pixel)), request });
      } catch (error) {
        this.#send({ type: 'fault', request, message: messageOf(error) });
      }
    }
    this.#answering = false;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
