import { median } from '../analysis/math/median.ts';
import type { CubeLayout } from '../formats/cube.ts';
import { beamExposure, exposureOf, relativeDwell } from '../formats/reading/exposure.ts';
import type { ScanLayers } from './scan-layers.ts';

/** The scalar signal of dwell times, seconds. */
const DWELL = 'dwell';

/** Whether a scalar signal holds dwell times. */
export const isDwell = (signal: string): boolean => signal.toLowerCase() === DWELL;

export interface ExposureMapInput {
  layers: Pick<ScanLayers, 'exposure' | 'discarded' | 'survey'>;
  /** Passes that are complete at each pixel. */
  measured: Uint8Array;
  layout: CubeLayout;
  /** Dwell time of the scan, where known. */
  dwellSeconds: number | undefined;
}

/** Keeps the map of how long every pixel is exposed, in units of the first pass's dwell. */
export class ExposureMap {
  readonly #input: ExposureMapInput;
  /** With the rescans known by now. */
  layout: CubeLayout;
  /** Whether any pixel is exposed otherwise than once by the scan's dwell. */
  differs = false;
  /** Seconds of all pixels, NaN where not known. */
  #seconds: Float32Array | undefined;
  #unit: number | undefined;

  constructor(input: ExposureMapInput) {
    this.#input = input;
    this.layout = input.layout;
  }

  /** Pixels [first, first + count) are measured once more. */
  note(first: number, count: number): void {
    const { layers, measured } = this.#input;
    const input = { measured, layout: this.layout, dwell: layers.survey.dwell };
    const exposure = exposureOf(input, first, count);
    layers.exposure.set(exposure, first);
    if (this.layout.patches?.some(({ replaces, omits }) => replaces || omits)) {
      const all = beamExposure(input, first, count);
      layers.discarded.set(
        all.map((dwells, p) => dwells - exposure[p]),
        first,
      );
    }
    this.differs ||= exposure.some((value) => value !== 0 && value !== 1);
  }

  /** Dwell times of pixels [first, first + count) have come; `seconds` are those of all pixels. */
  takeDwell(seconds: Float32Array, first: number, count: number): void {
    this.#seconds = seconds;
    const own = seconds.subarray(first, first + count);
    this.#unit ??= this.#input.dwellSeconds ?? medianOf(own);
    relativeDwell(own, this.#unit, this.#input.layers.survey.dwell, first);
    this.note(first, count);
  }

  /** At the end of a scan: without a stated dwell time, the median of all is used. */
  settle(): void {
    const seconds = this.#seconds;
    if (!seconds || this.#input.dwellSeconds !== undefined) return;
    this.#unit = medianOf(seconds);
    this.takeDwell(seconds, 0, seconds.length);
  }
}

const medianOf = (seconds: Float32Array): number =>
  median(Float64Array.from(seconds.filter((value) => value > 0 && Number.isFinite(value))));
