/** Half-open ranges of pixels still to be worked through, merged where they touch; first in, first out. */
export class RangeQueue {
  readonly #ranges: { first: number; end: number }[] = [];

  get pixels(): number {
    return this.#ranges.reduce((sum, { first, end }) => sum + end - first, 0);
  }

  push(first: number, count: number): void {
    const last = this.#ranges.at(-1);
    if (last && last.end === first) last.end += count;
    else this.#ranges.push({ first, end: first + count });
  }

  /** The next pixels, at most `most` of them. */
  shift(most: number): { first: number; count: number } | undefined {
    const range = this.#ranges[0];
    if (!range) return undefined;
    const count = Math.min(most, range.end - range.first);
    const taken = { first: range.first, count };
    range.first += count;
    if (range.first === range.end) this.#ranges.shift();
    return taken;
  }
}
