import type { WindowBlock } from '../windows/window-block.ts';

/** Background of one spectrum: what the rest of the analysis needs. */
export interface Background {
  /** Σ counts in the fit window. */
  counts: number;
  exponent: number;
  exponentVariance: number;
  /** The exponent is not physical. */
  clamped: boolean;
  /** The counts before the edge fall more slowly than the scan's exponents allow. */
  apart: boolean;
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

  /** The same for all spectra of a block at once, where it is quicker. */
  over?(block: WindowBlock): FitBlock;
}

/** Fits the first `rows` spectra of a block; their backgrounds are needed from channel `from` of the span on. */
export type FitBlock = (rows: number, from: number, gain: number, found: Backgrounds) => void;

/** Backgrounds of a block of spectra; 0 counts where there is nothing to fit. */
export class Backgrounds {
  readonly counts: Float64Array;
  readonly exponent: Float64Array;
  readonly exponentVariance: Float64Array;
  readonly variance: Float64Array;
  readonly clamped: Uint8Array;
  readonly apart: Uint8Array;

  constructor(rows: number) {
    this.counts = new Float64Array(rows);
    this.exponent = new Float64Array(rows);
    this.exponentVariance = new Float64Array(rows);
    this.variance = new Float64Array(rows);
    this.clamped = new Uint8Array(rows);
    this.apart = new Uint8Array(rows);
  }

  set(row: number, fit: Omit<Background, 'variance'>, variance: number): void {
    this.counts[row] = fit.counts;
    this.exponent[row] = fit.exponent;
    this.exponentVariance[row] = fit.exponentVariance;
    this.variance[row] = variance;
    this.clamped[row] = fit.clamped ? 1 : 0;
    this.apart[row] = fit.apart ? 1 : 0;
  }
}
