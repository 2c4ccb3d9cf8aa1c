/** The smallest range that contains all rows added since it was last taken. */
export class RowRange {
  #from = Number.POSITIVE_INFINITY;
  #to = 0;

  add(from: number, to: number): void {
    if (to <= from) return;
    this.#from = Math.min(this.#from, from);
    this.#to = Math.max(this.#to, to);
  }

  get range(): [number, number] {
    return [Math.min(this.#from, this.#to), this.#to];
  }

  take(): [number, number] {
    const { range } = this;
    this.#from = Number.POSITIVE_INFINITY;
    this.#to = 0;
    return range;
  }
}
