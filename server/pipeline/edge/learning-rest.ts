/** After refits of the classes, and whole fits, so many times their duration passes: they would take all of it. */
const REST = { classes: 12, fits: 2 };

export type Learnt = keyof typeof REST;

/** How long a learner leaves the processor to others. */
export class LearningRest {
  readonly #now: () => number;
  readonly #until = { classes: Number.NEGATIVE_INFINITY, fits: Number.NEGATIVE_INFINITY };

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  isOver(what: Learnt): boolean {
    return this.#now() >= this.#until[what];
  }

  /** Work has ended that began at a time. */
  begin(what: Learnt, began: number): void {
    this.#until[what] = this.#now() + REST[what] * (this.#now() - began);
  }

  /** The work is wanted at once. */
  end(what: Learnt): void {
    this.#until[what] = Number.NEGATIVE_INFINITY;
  }
}
