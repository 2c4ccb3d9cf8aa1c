/** A scalar signal (HAADF …) of a scan in several passes: for each record the mean of the values that have come. */
export class ScalarMeans {
  readonly #means: Float32Array;
  readonly #counts: Uint16Array;

  /** @param records of the scan, in the order of acquisition */
  constructor(records: number) {
    this.#means = new Float32Array(records);
    this.#counts = new Uint16Array(records);
  }

  /**
   * Adds values of records from `first` on, NaN where there is none.
   * @returns the means of these records, NaN where no pass has a value
   */
  add(first: number, values: Float32Array): Float32Array {
    return values.map((value, index) => {
      const record = first + index;
      if (!Number.isNaN(value)) this.#means[record] += (value - this.#means[record]) / ++this.#counts[record];
      return this.#counts[record] === 0 ? Number.NaN : this.#means[record];
    });
  }
}
