const SAMPLES = 64;

/** How long a row of the scan takes, from the times at which its records were seen. */
export class RowClock {
  readonly #recordsPerRow: number;
  readonly #expectedMs: number | undefined;
  readonly #rowMs: number[] = [];
  #lastAt: number | undefined;

  /** @param dwellSeconds the announced time for a record, which counts until there are measured ones */
  constructor(recordsPerRow: number, dwellSeconds: number | undefined) {
    this.#recordsPerRow = recordsPerRow;
    this.#expectedMs = dwellSeconds === undefined ? undefined : dwellSeconds * 1000 * recordsPerRow;
  }

  /** `records` more were seen at `now` (monotonic ms). */
  advance(records: number, now: number): void {
    // What was there at first sight says nothing about the pace.
    if (this.#lastAt !== undefined) this.#rowMs.push(((now - this.#lastAt) / records) * this.#recordsPerRow);
    if (this.#rowMs.length > SAMPLES) this.#rowMs.shift();
    this.#lastAt = now;
  }

  get medianMs(): number | undefined {
    if (this.#rowMs.length === 0) return this.#expectedMs;
    return this.#rowMs.toSorted((a, b) => a - b)[Math.floor(this.#rowMs.length / 2)];
  }
}
