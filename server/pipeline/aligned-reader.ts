import { mendSpectrum, saturationOf } from '../analysis/bad-channels.ts';
import { RESAMPLE_REACH, resample } from '../analysis/resample.ts';
import type { CubeLayout, CubeReader } from '../formats/cube.ts';

/** How spectra are brought onto one energy axis. */
export interface Alignment {
  /** False: they are read as they were recorded. */
  applied: boolean;
  /** Dead and hot channels, one entry per channel of a spectrum. */
  bad: Uint8Array;
  /** Prominence above which a sample is a spike, per channel. */
  spikes: Float32Array;
  /** Variance over mean of the counts. */
  gain: number;
}

/** Channels read beyond what resampling needs: as many as telling a spike takes. */
const MENDING_REACH = 3;

/**
 * Reads spectra of another reader on one energy axis: what the detector adds (dead channels, spikes, samples that are cut
 * off) is mended while it is still in its own channel, then every pixel is moved by its shift. The files stay as they are.
 */
export class AlignedReader implements CubeReader {
  readonly #inner: CubeReader;
  readonly #shifts: Float32Array;
  readonly #dispersion: number;
  #alignment: Alignment | undefined;

  /**
   * @param shifts row-major, eV by which a pixel's spectrum lies above the axis; NaN is taken for 0
   * @param dispersion eV per channel
   */
  constructor(inner: CubeReader, shifts: Float32Array, dispersion: number, alignment?: Alignment) {
    this.#inner = inner;
    this.#shifts = shifts;
    this.#dispersion = dispersion;
    this.#alignment = alignment;
  }

  get layout(): CubeLayout {
    return this.#inner.layout;
  }

  align(alignment: Alignment): void {
    this.#alignment = alignment;
  }

  async read(
    firstPixel: number,
    count: number,
    firstChannel: number,
    endChannel: number,
    out: Float32Array,
    passes?: Uint8Array,
  ): Promise<void> {
    const alignment = this.#alignment;
    if (!alignment?.applied)
      return this.#inner.read(firstPixel, count, firstChannel, endChannel, out, passes);
    const moves = Float64Array.from(
      { length: count },
      (_, p) => (this.#shifts[firstPixel + p] || 0) / this.#dispersion,
    );
    const most = moves.reduce((largest, move) => Math.max(largest, Math.abs(move)), 0);
    const margin = Math.ceil(most) + RESAMPLE_REACH + MENDING_REACH;
    const from = Math.max(0, firstChannel - margin);
    const to = Math.min(this.layout.channels, endChannel + margin);
    const width = to - from;
    const spectra = new Float32Array(count * width);
    await this.#inner.read(firstPixel, count, from, to, spectra, passes);
    const bad = alignment.bad.subarray(from, to);
    const saturation = saturationOf(this.layout.dtype, this.layout.paths.length);
    const limits = {
      spikes: alignment.spikes.subarray(from, to),
      ...(saturation !== undefined && { saturation }),
    };
    const wanted = endChannel - firstChannel;
    for (let p = 0; p < count; p++) {
      mendSpectrum(spectra, p * width, width, bad, alignment.gain, limits);
      resample(spectra, p * width, width, firstChannel - from + moves[p], out, p * wanted, wanted);
    }
  }

  extend(paths: string[]): void {
    this.#inner.extend(paths);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
