/**
 * Consecutive decisions needed for more classes than are shown, and for fewer: new phases appear soon, shown ones stay
 * long.
 */
const TO_GROW = 2;
const TO_SHRINK = 4;

/** State of a `SteadyCount`; plain data. */
export interface SteadyState {
  shown?: number;
  /** The latest consecutive decisions for more classes, or for fewer. */
  dissenting: readonly number[];
}

/** The number of classes on screen, with hysteresis, so that classes do not appear and disappear. */
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

  /** Sets the number without a decision. */
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
