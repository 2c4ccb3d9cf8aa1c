/** A scalar signal (HAADF …) of a scan in several passes: for each pixel the mean of the values that have come. */
export class ScalarMeans {
  readonly #means: Float32Array;
  readonly #counts: Uint16Array;

  /** @param pixels of the scan */
  constructor(pixels: number) {
    this.#means = new Float32Array(pixels);
    this.#counts = new Uint16Array(pixels);
  }

  /**
   * Adds values of pixels from `first` on, NaN where there is none.
   * @returns the means of these pixels, NaN where no pass has a value
   */
  add(first: number, values: Float32Array): Float32Array {
    return values.map((value, index) => {
      const pixel = first + index;
      if (!Number.isNaN(value)) this.#means[pixel] += (value - this.#means[pixel]) / ++this.#counts[pixel];
      return this.#counts[pixel] === 0 ? Number.NaN : this.#means[pixel];
    });
  }
}
