import type { PixelSpectrum, SpectrumRequest } from '../../../protocol/index.ts';

/** A request without an answer is given up after this time, ms. */
const PATIENCE_MS = 3000;
/** Least time between requests, ms: faster than the eye compares spectra, and well below what the monitor allows. */
const PACE_MS = 40;

export interface Clock {
  now(): number;
  later(run: () => void, ms: number): void;
}

/** One question at a time and not too many; meanwhile only the newest next one is remembered, so a fast pointer costs nothing. */
export class SpectrumRequests {
  readonly #send: (message: SpectrumRequest) => boolean;
  readonly #clock: Clock;
  #number = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #open = false;
  #next: number | undefined;
  #waiting = false;

  constructor(send: (message: SpectrumRequest) => boolean, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  ask(pixel: number): void {
    this.#next = pixel;
    this.#proceed();
  }

  /** A fault that answers a request closes it too. */
  answered(answer: Pick<PixelSpectrum, 'request'>): void {
    if (answer.request !== this.#number) return;
    this.#open = false;
    this.#proceed();
  }

  /** A new connection answers nothing of the old one. */
  reset(): void {
    this.#open = false;
    this.#next = undefined;
  }

  #proceed(): void {
    const passed = this.#clock.now() - this.#askedAt;
    if (this.#next === undefined || (this.#open && passed < PATIENCE_MS)) return;
    if (passed < PACE_MS) {
      if (this.#waiting) return;
      this.#waiting = true;
      this.#clock.later(() => {
        this.#waiting = false;
        this.#proceed();
      }, PACE_MS - passed);
      return;
    }
    const pixel = this.#next;
    this.#next = undefined;
    this.#number++;
    this.#askedAt = this.#clock.now();
    this.#open = this.#send({ type: 'spectrum', request: this.#number, pixel });
  }
}
