/** Sufficient statistics of the fit window, one entry per pixel; 0 counts where it is not measured. */
export class WindowStatistics {
  /** Y = Σ y, Σ y·x and Σ y·x², x = ln E as the fitter counts it. */
  readonly counts: Float64Array;
  readonly weighted: Float64Array;
  readonly squared: Float64Array;

  constructor(pixels: number) {
    this.counts = new Float64Array(pixels);
    this.weighted = new Float64Array(pixels);
    this.squared = new Float64Array(pixels);
  }

  /** Takes the moments of spectrum `row` of a block, if they are finite. */
  take(pixel: number, moments: Float64Array, row: number): void {
    const counts = moments[3 * row];
    if (!Number.isFinite(counts)) return;
    this.counts[pixel] = counts;
    this.weighted[pixel] = moments[3 * row + 1];
    this.squared[pixel] = moments[3 * row + 2];
  }
}
