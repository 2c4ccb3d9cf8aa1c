import { PRESENCE_SNR, type SignalExtractor } from '../../analysis/background/edge-signal.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import type { CubeReader } from '../../formats/cube.ts';
import { type Exposed, exposureOf } from '../../formats/reading/exposure.ts';
import type { AnalysisOptions } from '../options.ts';
import { TILE_PIXELS } from '../reading/tiles.ts';
import { idealExtractor, netIntensity } from './edge-maps.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import type { LiveModel } from './live-model.ts';

/** Most pixels read at once: waking the reading threads takes as long as copying a row. */
export const MOST_PLACED = 4 * TILE_PIXELS;

export interface PixelPlacerInput {
  window: EdgeWindow;
  background: AnalysisOptions['background'];
  maps: EdgeMaps<ArrayBufferLike>;
  reader: CubeReader;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  /** Source of the exposures; default: uniform exposure. */
  exposed?: Exposed;
  /** The current model. */
  model: () => LiveModel | undefined;
  /** Whether these are the windows of the current model; always when left out. */
  isInUse?: () => boolean;
}

/** Writes the maps of pixels under the current model, and counts those that show the edge. */
export class PixelPlacer {
  /** Pixels in the maps that show the edge, and that were seen without it. */
  present = 0;
  absent = 0;
  readonly #input: PixelPlacerInput;
  /** Before the first model. */
  readonly #ideal: SignalExtractor;
  /** Buffers for spectra, reused: new ones for every row would keep the garbage collector busy. */
  readonly #buffers: Float32Array[] = [];

  constructor(input: PixelPlacerInput) {
    this.#input = input;
    this.#ideal = idealExtractor(input.window, input.background);
  }

  /**
   * Reads and places pixels [first, first + count), at most `MOST_PLACED` of them; before a model net intensity and noise are
   * known.
   * @returns false when other windows have come into use meanwhile: nothing is placed
   */
  async place(first: number, count: number): Promise<boolean> {
    const { window, maps, reader, measured, exposed, model, isInUse } = this.#input;
    const { firstChannel, endChannel } = window;
    const width = endChannel - firstChannel;
    const spectra = this.#buffers.pop() ?? new Float32Array(MOST_PLACED * width);
    try {
      await reader.read(first, count, firstChannel, endChannel, spectra, measured);
      if (isInUse?.() === false) return false;
      this.#tally(first, count, -1);
      // Fetched after the read: the model may have been replaced meanwhile.
      const shown = model();
      const exposure = exposed && exposureOf({ measured, ...exposed }, first, count);
      if (shown) shown.analyse(spectra, first, count, maps, exposure);
      else netIntensity(this.#ideal, spectra, first, count, maps, exposure);
      this.#tally(first, count, 1);
      return true;
    } finally {
      this.#buffers.push(spectra);
    }
  }

  /** Recounts after all maps were rewritten. */
  recount(): void {
    this.present = 0;
    this.absent = 0;
    this.#tally(0, this.#input.measured.length, 1);
  }

  /** Adds (or, before they are written anew, takes away) pixels of the maps to the counts of present and absent. */
  #tally(first: number, count: number, sign: 1 | -1): void {
    const { snr } = this.#input.maps;
    for (let pixel = first; pixel < first + count; pixel++)
      if (snr[pixel] >= PRESENCE_SNR) this.present += sign;
      else if (!Number.isNaN(snr[pixel])) this.absent += sign;
  }
}
