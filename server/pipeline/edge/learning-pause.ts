/** Pause after refits of the classes and after whole fits, as a multiple of their duration. */
const REST = { classes: 12, fits: 2 };

export type Learnt = keyof typeof REST;

/** Pauses of a learner, which leave the processor to other threads. */
export class LearningPause {
  readonly #now: () => number;
  readonly #until = { classes: Number.NEGATIVE_INFINITY, fits: Number.NEGATIVE_INFINITY };

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  isOver(what: Learnt): boolean {
    return this.#now() >= this.#until[what];
  }

  /** Starts the pause after work that began at a time. */
  begin(what: Learnt, began: number): void {
    this.#until[what] = this.#now() + REST[what] * (this.#now() - began);
  }

  /** Ends the pause: the work is needed now. */
  end(what: Learnt): void {
    this.#until[what] = Number.NEGATIVE_INFINITY;
  }
}
