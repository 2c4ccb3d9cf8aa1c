import type { PixelSpectrum, SpectrumRequest } from '../../../protocol/index.ts';

/** A request without an answer is given up after this time, ms. */
const LONGEST_WAIT_MS = 3000;
/** Least time between requests, ms: fast enough for the eye, and well below the monitor's limit. */
const PACE_MS = 40;

export interface Clock {
  now(): number;
  later(run: () => void, ms: number): void;
}

/** Sends one request at a time, at a limited rate. Of requests made meanwhile only the newest is kept. */
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

  /** Called for an answer or a fault. */
  answered(answer: Pick<PixelSpectrum, 'request'>): void {
    if (answer.request !== this.#number) return;
    this.#open = false;
    this.#proceed();
  }

  /** After a reconnection: earlier requests get no answer any more. */
  reset(): void {
    this.#open = false;
    this.#next = undefined;
  }

  #proceed(): void {
    const passed = this.#clock.now() - this.#askedAt;
    if (this.#next === undefined || (this.#open && passed < LONGEST_WAIT_MS)) return;
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
