import { PRESENCE_SNR, type SignalExtractor } from '../../analysis/background/edge-signal.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import type { CubeReader } from '../../formats/cube.ts';
import { type Exposed, exposureOf } from '../../formats/exposure.ts';
import type { AnalysisOptions } from '../options.ts';
import { TILE_PIXELS } from '../reading/tiles.ts';
import { idealExtractor, netIntensity } from './edge-maps.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import type { LiveModel } from './live-model.ts';

/** Pixels that are read at once, where so many wait: to wake the threads that read takes as long as to copy a row. */
export const MOST_PLACED = 4 * TILE_PIXELS;

export interface PixelPlacerInput {
  window: EdgeWindow;
  background: AnalysisOptions['background'];
  maps: EdgeMaps<ArrayBufferLike>;
  reader: CubeReader;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  /** What their exposure follows from; all are exposed alike when left out. */
  exposed?: Exposed;
  /** The model at hand. */
  model: () => LiveModel | undefined;
  /** Whether these are the windows of the model at hand; always when left out. */
  isInUse?: () => boolean;
}

/** Writes the maps of pixels under the model at hand, and counts those that show the edge. */
export class PixelPlacer {
  /** Pixels in the maps that show the edge, and that were seen without it. */
  present = 0;
  absent = 0;
  readonly #input: PixelPlacerInput;
  /** Before the first model. */
  readonly #ideal: SignalExtractor;
  /** Rooms for spectra that nobody uses now: fresh ones for every row keep the collector of garbage busy. */
  readonly #rooms: Float32Array[] = [];

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
    const spectra = this.#rooms.pop() ?? new Float32Array(MOST_PLACED * width);
    try {
      await reader.read(first, count, firstChannel, endChannel, spectra, measured);
      if (isInUse?.() === false) return false;
      this.#tally(first, count, -1);
      // Taken after the read: a model that was exchanged meanwhile must not place any more.
      const shown = model();
      const exposure = exposed && exposureOf({ measured, ...exposed }, first, count);
      if (shown) shown.analyse(spectra, first, count, maps, exposure);
      else netIntensity(this.#ideal, spectra, first, count, maps, exposure);
      this.#tally(first, count, 1);
      return true;
    } finally {
      this.#rooms.push(spectra);
    }
  }

  /** All maps have been written anew by somebody else. */
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
