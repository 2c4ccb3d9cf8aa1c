import { RESAMPLE_REACH, resample } from '../../analysis/alignment/resample.ts';
import { BadChannelInterpolator } from '../../analysis/detector/bad-channel-interpolator.ts';
import { saturationOf } from '../../analysis/detector/bad-channels.ts';
import { isScaled } from '../../analysis/detector/count-unit.ts';
import { interpolateNonFinite } from '../../analysis/detector/non-finite.ts';
import { parts } from '../../analysis/math/parts.ts';
import { SpectrumBlock } from '../../analysis/windows/spectrum-block.ts';
import type { CubeExtension, CubeLayout, CubeReader } from '../../formats/cube.ts';
import { addends } from '../../formats/reading/patched-reader.ts';

/** How spectra are brought onto one energy axis. */
export interface Alignment {
  /** False: they are read as they were recorded. */
  applied: boolean;
  /** eV per channel of the axis that shifts are counted on. */
  dispersion: number;
  /** Dead and hot channels, one entry per channel of a spectrum. */
  bad: Uint8Array;
  /** Prominence above which a sample is a spike, per channel. */
  spikes: Float32Array;
  /** Value of one count in the samples. */
  one: number;
  /** Variance over mean of the counts. */
  gain: number;
  /** Edges whose classes are found without the directions along which a jitter of the axis acts. */
  jitter?: { edges: readonly string[]; ev: number };
}

/** Channels read beyond what resampling needs, for the detection of spikes. */
const CORRECTION_REACH = 3;

interface Mending {
  from: number;
  to: number;
  alignment: Alignment;
  block: SpectrumBlock;
  interpolator: BadChannelInterpolator;
}

/**
 * Reads spectra of another reader on one energy axis: samples that are not finite are interpolated, then dead channels,
 * spikes and saturated samples, and last every pixel is shifted. The files are not changed.
 */
export class AlignedReader implements CubeReader {
  readonly #inner: CubeReader;
  readonly #shifts: Float32Array;
  #alignment: Alignment | undefined;
  #known: Mending | undefined;

  /** @param shifts row-major, eV by which a pixel's spectrum lies above the axis; NaN is taken for 0 */
  constructor(inner: CubeReader, shifts: Float32Array, alignment?: Alignment) {
    this.#inner = inner;
    this.#shifts = shifts;
    this.#alignment = alignment;
  }

  get layout(): CubeLayout {
    return this.#inner.layout;
  }

  get alignment(): Alignment | undefined {
    return this.#alignment;
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
    if (!alignment?.applied) {
      await this.#inner.read(firstPixel, count, firstChannel, endChannel, out, passes);
      this.#interpolateNonFinite(out, count, endChannel - firstChannel);
      return;
    }
    const moves = Float64Array.from(
      { length: count },
      (_, p) => (this.#shifts[firstPixel + p] || 0) / alignment.dispersion,
    );
    const most = moves.reduce((largest, move) => Math.max(largest, Math.abs(move)), 0);
    const margin = Math.ceil(most) + RESAMPLE_REACH + CORRECTION_REACH;
    const from = Math.max(0, firstChannel - margin);
    const to = Math.min(this.layout.channels, endChannel + margin);
    const width = to - from;
    const spectra = new Float32Array(count * width);
    await this.#inner.read(firstPixel, count, from, to, spectra, passes);
    this.#interpolateNonFinite(spectra, count, width);
    const { block, interpolator } = this.#corrections(from, to, alignment);
    const wanted = endChannel - firstChannel;
    for (const part of parts(count, block.capacity)) {
      block.load(spectra, part.from * width, part.rows);
      interpolator.interpolate(part.rows);
      for (let row = 0, at = part.from; row < part.rows; row++, at++)
        resample(
          block.samples,
          row * width,
          width,
          firstChannel - from + moves[at],
          out,
          at * wanted,
          wanted,
        );
    }
  }

  /** Integers are always finite. */
  #interpolateNonFinite(spectra: Float32Array, count: number, width: number): void {
    const { dtype, patches = [] } = this.layout;
    if (isScaled(dtype) || patches.some(({ cube }) => isScaled(cube.dtype)))
      interpolateNonFinite(spectra, 0, count, width);
  }

  /** Corrects channels [from, to) of spectra; called repeatedly for the same ones. */
  #corrections(from: number, to: number, alignment: Alignment): Mending {
    const known = this.#known;
    if (known?.from === from && known.to === to && known.alignment === alignment) return known;
    const saturation = saturationOf(this.layout.dtype, addends(this.layout));
    const block = new SpectrumBlock(to - from);
    const interpolator = new BadChannelInterpolator(block, alignment.bad.subarray(from, to), alignment.gain, {
      spikes: alignment.spikes.subarray(from, to),
      one: alignment.one,
      ...(saturation !== undefined && { saturation }),
    });
    this.#known = { from, to, alignment, block, interpolator };
    return this.#known;
  }

  extend(layout: CubeExtension): void {
    this.#inner.extend(layout);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
