/** The least range that holds all rows added since it was taken. */
export class RowRange {
  #from = Number.POSITIVE_INFINITY;
  #to = 0;

  add(from: number, to: number): void {
    if (to <= from) return;
    this.#from = Math.min(this.#from, from);
    this.#to = Math.max(this.#to, to);
  }

  take(): [number, number] {
    const range: [number, number] = [Math.min(this.#from, this.#to), this.#to];
    this.#from = Number.POSITIVE_INFINITY;
    this.#to = 0;
    return range;
  }
}
