import type { Edge, EnergyAxis } from '../../../protocol/index.ts';
import { edgeChannels, isCutOff } from '../../formats/reading/saturated-pixels.ts';

/** Fault of a pixel, 0 without one: not measured, samples not finite, or saturated. */
export const PIXEL_FAULT = { lost: 1, masked: 2, saturated: 3 } as const;

/** Notes pixels whose samples are no numbers, or saturated in the channels of edges: they are to be measured again. */
export class PixelFaults {
  readonly #faults: Uint8Array;
  /** [first, end) that are checked. */
  readonly channels: readonly [number, number];

  /** @param faults of all pixels, written */
  constructor(faults: Uint8Array, edges: readonly Edge[], energy: EnergyAxis, channels: number) {
    this.#faults = faults;
    this.channels = edgeChannels(edges, energy, channels);
  }

  clear(): void {
    this.#faults.fill(0);
  }

  /**
   * @param hasNumbers whether all samples of the pixel's spectrum are numbers
   * @param saturation samples from this value on are saturated; undefined where that is unknown
   */
  note(pixel: number, spectrum: Float32Array, hasNumbers: boolean, saturation?: number): void {
    if (!hasNumbers) this.#faults[pixel] = PIXEL_FAULT.masked;
    else if (this.isSaturated(spectrum, saturation)) this.#faults[pixel] = PIXEL_FAULT.saturated;
    else this.#faults[pixel] = 0;
  }

  isSaturated(spectrum: Float32Array, saturation = Number.POSITIVE_INFINITY): boolean {
    return isCutOff(spectrum, ...this.channels, saturation);
  }
}
