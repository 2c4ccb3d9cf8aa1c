import type { SpectrumBlock } from '../../analysis/windows/spectrum-block.ts';

/** Fault of all spectra of a scan so far; `saturated` is a share of samples. */
export type CountsFault =
  | { kind: 'zero' }
  | { kind: 'one value'; value: number }
  | { kind: 'constant' }
  | { kind: 'saturated'; value: number; share: number };

/** Above this share of samples at the largest value of their type, what is left is no spectrum. */
const MOSTLY = 0.5;
const FULL_SCALES = [8, 10, 12, 14, 15, 16].map((bits) => 2 ** bits - 1);

/** Notices scans that hold no counts: all zero, constant spectra, a detector that is saturated. */
export class CountsCheck {
  #spectra = 0;
  #constant = 0;
  /** The one value of all constant spectra; undefined where they differ. */
  #value: number | undefined;

  /** Takes spectra [first, end) of a block, all of finite samples. */
  add(block: Pick<SpectrumBlock, 'totals' | 'least' | 'most' | 'width'>, first: number, end: number): void {
    for (let row = first; row < end; row++) {
      this.#spectra++;
      // A sum is that of the extreme times the number of channels where every sample is the extreme.
      const extreme = block.most[row] > 0 ? block.most[row] : block.least[row];
      if (block.totals[row] !== extreme * block.width) continue;
      if (this.#constant++ === 0) this.#value = extreme;
      else if (this.#value !== extreme) this.#value = undefined;
    }
  }

  /**
   * @param saturated samples at `largest`
   * @param samples all of them
   * @param largest the largest value of the samples' type, where it means saturation
   */
  fault(saturated: number, samples: number, largest?: number): CountsFault | undefined {
    if (this.#spectra === 0) return undefined;
    if (largest !== undefined && saturated > MOSTLY * samples)
      return { kind: 'saturated', value: largest, share: saturated / samples };
    if (this.#constant < this.#spectra) return undefined;
    if (this.#value === undefined) return { kind: 'constant' };
    if (this.#value === 0) return { kind: 'zero' };
    // Full scale of a converter of 8 to 16 bits, for any storage type.
    if (FULL_SCALES.includes(this.#value)) return { kind: 'saturated', value: this.#value, share: 1 };
    return { kind: 'one value', value: this.#value };
  }
}
