/** Channels whose sums hold nearly all the noise that neighbours share. */
const BAND = 8;

/**
 * Noise variance of a channel from second differences, Σ (y_{i−1} − 2y_i + y_{i+1})² / 6n: what is smooth over three
 * channels falls out. For independent channels; noise that neighbours share makes it too small (see `sharedNoise`).
 */
export function differenceVariance(spectra: Float32Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from + 1; i < end - 1; i++) sum += (spectra[i - 1] - 2 * spectra[i] + spectra[i + 1]) ** 2;
  return end - from > 2 ? sum / (6 * (end - from - 2)) : 0;
}

/** Accumulated sums of `SharedNoise`. */
export interface ResidualSums {
  bands: number;
  differences: number;
}

/**
 * Ratio of the noise of sums over many channels to `differenceVariance`, from the residual that an earlier background
 * subtraction leaves before the edge: mean square of the sums over 8 channels against the differences.
 */
export class SharedNoise {
  readonly #fitChannels: number;
  #bands = 0;
  #differences = 0;

  constructor(fitChannels: number) {
    this.#fitChannels = fitChannels;
  }

  add(spectra: Float32Array, from: number): void {
    const count = Math.floor(this.#fitChannels / BAND);
    for (let band = 0; band < count; band++) {
      let sum = 0;
      for (let i = 0; i < BAND; i++) sum += spectra[from + band * BAND + i];
      this.#bands += sum ** 2 / BAND / count;
    }
    if (count > 0) this.#differences += differenceVariance(spectra, from, from + count * BAND);
  }

  /** Returns what was accumulated and resets it. */
  drain(): ResidualSums {
    const sums = { bands: this.#bands, differences: this.#differences };
    this.#bands = 0;
    this.#differences = 0;
    return sums;
  }

  merge({ bands, differences }: ResidualSums): void {
    this.#bands += bands;
    this.#differences += differences;
  }

  /** For variances, 1 at least. */
  get factor(): number {
    return this.#differences > 0 ? Math.max(1, this.#bands / this.#differences) : 1;
  }
}
