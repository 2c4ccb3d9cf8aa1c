import type { Clock } from './spectrum-requests.ts';

/** Least time between two messages, ms: smooth to the eye, and far below the monitor's limit. */
const PACE_MS = 100;

/**
 * Sends values that change faster than the monitor answers: one message at a time, at most ten a second. Values in between are
 * skipped; the last is always sent.
 */
export class PacedSender<Message> {
  readonly #send: (message: Message) => Promise<unknown>;
  readonly #clock: Clock;
  #next: Message | undefined;
  #isOpen = false;
  #isWaiting = false;
  #sentAt = Number.NEGATIVE_INFINITY;

  /** @param send resolves when the monitor has answered */
  constructor(send: (message: Message) => Promise<unknown>, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** The message to be sent next; a newer one replaces it. */
  get next(): Message | undefined {
    return this.#next;
  }

  /** Whether all messages were sent and answered. */
  get isIdle(): boolean {
    return !this.#isOpen && this.#next === undefined;
  }

  /** When the last message went out, by the clock. */
  get sentAt(): number {
    return this.#sentAt;
  }

  send(message: Message): void {
    this.#next = message;
    this.#proceed();
  }

  /** Discards the message that is not sent yet. */
  drop(): void {
    this.#next = undefined;
  }

  #proceed(): void {
    if (this.#next === undefined || this.#isOpen) return;
    const wait = this.#sentAt + PACE_MS - this.#clock.now();
    if (wait > 0) {
      if (this.#isWaiting) return;
      this.#isWaiting = true;
      this.#clock.later(() => {
        this.#isWaiting = false;
        this.#proceed();
      }, wait);
      return;
    }
    const message = this.#next;
    this.#next = undefined;
    this.#sentAt = this.#clock.now();
    this.#isOpen = true;
    void this.#send(message).finally(() => {
      this.#isOpen = false;
      this.#proceed();
    });
  }
}
