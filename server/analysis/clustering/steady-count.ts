/** Decisions in a row that must want more classes than are shown, or fewer: a new phase is told soon, one is not given up lightly. */
const TO_GROW = 2;
const TO_SHRINK = 4;

/** What such a number rests on: plain data. */
export interface SteadyState {
  shown?: number;
  /** The latest decisions that all want more, or all fewer. */
  dissenting: readonly number[];
}

/** The number of classes on screen: follows decisions about it, but not every one, so that classes do not come and go. */
export class SteadyCount {
  #shown: number | undefined;
  #dissenting: number[];

  constructor({ shown, dissenting }: SteadyState = { dissenting: [] }) {
    this.#shown = shown;
    this.#dissenting = [...dissenting];
  }

  get state(): SteadyState {
    const dissenting = [...this.#dissenting];
    return this.#shown === undefined ? { dissenting } : { shown: this.#shown, dissenting };
  }

  get shown(): number | undefined {
    return this.#shown;
  }

  /** Another number is shown for a reason of its own. */
  show(count: number): void {
    this.#shown = count;
    this.#dissenting = [];
  }

  /** Takes one more decision; returns the number to show. Of several that agree the one closest to what is shown counts. */
  decide(count: number): number {
    if (this.#shown === undefined || count === this.#shown) {
      this.show(count);
      return count;
    }
    const more = count > this.#shown;
    if (this.#dissenting.length > 0 && this.#dissenting[0] > this.#shown !== more) this.#dissenting = [];
    this.#dissenting.push(count);
    if (this.#dissenting.length < (more ? TO_GROW : TO_SHRINK)) return this.#shown;
    this.show(more ? Math.min(...this.#dissenting) : Math.max(...this.#dissenting));
    return this.#shown;
  }
}
