import { channelOf, type Edge, type EnergyAxis } from '../../../protocol/index.ts';

/** What is wrong with a pixel, 0 where nothing is: it was not measured, its samples are no numbers, or they are cut off. */
export const PIXEL_FAULT = { lost: 1, masked: 2, saturated: 3 } as const;

/** One sample at the end of the scale is an x-ray; as many as these are a detector that could take no more. */
const SATURATED_SAMPLES = 3;

/** Channels [first, end) in which the edges are looked at. */
function channelsOf(edges: readonly Edge[], energy: EnergyAxis, channels: number): [number, number] {
  const at = (energyEv: number) => Math.min(Math.max(channelOf(energy, energyEv), 0), channels);
  if (edges.length === 0) return [0, channels];
  return [
    Math.floor(Math.min(...edges.map(({ fitWindow }) => at(fitWindow[0])))),
    Math.ceil(Math.max(...edges.map(({ signalWindow }) => at(signalWindow[1])))),
  ];
}

/** Notes pixels whose samples are no numbers, or saturated where edges are looked at: they are to be measured again. */
export class PixelFaults {
  readonly #faults: Uint8Array;
  readonly #first: number;
  readonly #end: number;

  /** @param faults of all pixels, written */
  constructor(faults: Uint8Array, edges: readonly Edge[], energy: EnergyAxis, channels: number) {
    this.#faults = faults;
    [this.#first, this.#end] = channelsOf(edges, energy, channels);
  }

  clear(): void {
    this.#faults.fill(0);
  }

  /**
   * @param hasNumbers whether all samples of the pixel's spectrum are numbers
   * @param saturation samples from this value on are cut off; undefined where that cannot be told
   */
  note(pixel: number, spectrum: Float32Array, hasNumbers: boolean, saturation: number | undefined): void {
    this.#faults[pixel] = hasNumbers ? this.#saturated(spectrum, saturation) : PIXEL_FAULT.masked;
  }

  #saturated(spectrum: Float32Array, saturation = Number.POSITIVE_INFINITY): number {
    let cut = 0;
    for (let i = this.#first; i < this.#end; i++) if (spectrum[i] >= saturation) cut++;
    return cut >= SATURATED_SAMPLES ? PIXEL_FAULT.saturated : 0;
  }
}
