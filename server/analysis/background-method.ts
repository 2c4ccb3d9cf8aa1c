/** How the background under an edge is found; `none` for data it was taken from elsewhere. */
export const BACKGROUND_METHODS = ['poisson', 'log-linear', 'two-area', 'lcpl', 'none'] as const;
export type BackgroundMethod = (typeof BACKGROUND_METHODS)[number];

/** Background of one spectrum, as far as the rest of the analysis needs to know. */
export interface Background {
  /** Σ counts in the fit window. */
  counts: number;
  exponent: number;
  exponentVariance: number;
  /** The exponent was not physical and was set to the nearest one that is. */
  clamped: boolean;
  /** Variance of the net signal over the signal window that the background brings, h·I_b, in units of the gain. */
  variance: number;
}

export interface BackgroundEstimator {
  /**
   * Fits the spectrum whose span starts at `offset` and writes its background over the span into `out`.
   * @param gain variance over mean of the counts
   * @returns undefined where there is nothing to fit (no counts in the fit window)
   */
  fit(spectra: Float32Array, offset: number, gain: number, out: Float64Array): Background | undefined;
}
