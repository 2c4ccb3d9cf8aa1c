import type { ClientMessage, PixelSpectrum } from '../../protocol/index.ts';

/** A request without an answer is given up after this time, ms. */
const PATIENCE_MS = 3000;

/** One question at a time; while it is open only the newest next one is remembered, so a fast pointer costs nothing. */
export class SpectrumRequests {
  readonly #send: (message: ClientMessage) => boolean;
  readonly #now: () => number;
  #number = 0;
  #openSince: number | undefined;
  #next: number | undefined;

  constructor(send: (message: ClientMessage) => boolean, now: () => number) {
    this.#send = send;
    this.#now = now;
  }

  ask(pixel: number): void {
    if (this.#openSince !== undefined && this.#now() - this.#openSince < PATIENCE_MS) {
      this.#next = pixel;
      return;
    }
    this.#number++;
    this.#next = undefined;
    this.#openSince = this.#send({ type: 'spectrum', request: this.#number, pixel })
      ? this.#now()
      : undefined;
  }

  /** A fault that answers a request closes it too. */
  answered(answer: Pick<PixelSpectrum, 'request'>): void {
    if (answer.request !== this.#number) return;
    this.#openSince = undefined;
    if (this.#next !== undefined) this.ask(this.#next);
  }

  /** A new connection answers nothing of the old one. */
  reset(): void {
    this.#openSince = undefined;
    this.#next = undefined;
  }
}
