import type { EdgeWindow } from './edge-window.ts';

/** Neighbouring channels share noise through the detector's point spread; bands this wide hold nearly all of it. */
const BAND_CHANNELS = 8;

/**
 * Detector gain seen by window sums, (variance/mean of a sum over channels; 1 for pure counting), from the differences
 * of neighbouring pixels: what the sample and the background model do alike in both cancels, so only noise is left.
 * Per pair, with bands a_i, b_i of the fit window and c = Σa/Σb: χ² = Σ (a_i − c·b_i)² / (a_i + c²·b_i), ν = bands − 1.
 * The median over pairs, corrected for the median of χ²_ν (Wilson–Hilferty), ignores pairs that straddle a boundary.
 */
export class GainEstimator {
  readonly #bands: number;
  readonly #width: number;
  readonly #values: number[] = [];

  constructor(window: EdgeWindow) {
    this.#width = Math.min(BAND_CHANNELS, Math.floor(window.fitChannels / 3));
    this.#bands = Math.floor(window.fitChannels / this.#width);
  }

  /** Takes one pair of neighbouring pixels whose spans start at `a` and `b` in `spectra`. */
  add(spectra: Float32Array, a: number, b: number): void {
    const end = this.#bands * this.#width;
    let sumA = 0;
    let sumB = 0;
    for (let i = 0; i < end; i++) {
      sumA += spectra[a + i];
      sumB += spectra[b + i];
    }
    if (!(sumA > 0 && sumB > 0)) return;
    const c = sumA / sumB;
    let chiSquare = 0;
    for (let i = 0; i < end; i += this.#width) {
      let bandA = 0;
      let bandB = 0;
      for (let j = i; j < i + this.#width; j++) {
        bandA += spectra[a + j];
        bandB += spectra[b + j];
      }
      const variance = bandA + c * c * bandB;
      if (variance > 0) chiSquare += (bandA - c * bandB) ** 2 / variance;
    }
    this.#values.push(chiSquare / (this.#bands - 1));
  }

  get pairs(): number {
    return this.#values.length;
  }

  /** The gain, at least a small positive number; 1 while fewer than 16 pairs are known. */
  get gain(): number {
    if (this.#values.length < 16) return 1;
    const sorted = Float64Array.from(this.#values).sort();
    const middle = sorted.length >> 1;
    const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    const ν = this.#bands - 1;
    return Math.max(median / (1 - 2 / (9 * ν)) ** 3, 1e-6);
  }
}
