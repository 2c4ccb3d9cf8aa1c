import type { BackgroundMethod } from '../analysis/background-method.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import type { CubeReader } from '../formats/cube.ts';
import { type Tile, tiles } from './tiles.ts';

/** Where and how the spectra of one edge are read for a fit. */
export interface FitInput {
  reader: CubeReader;
  window: EdgeWindow;
  shape: [number, number];
  /** Row-major, passes that are complete at each pixel, 0 where it is not measured; not changed during a fit. */
  measured: Uint8Array;
  seed: number;
  /** Default `poisson`. */
  background?: BackgroundMethod;
  signal?: AbortSignal;
}

/** Channels of a pixel that a fit reads. */
export const widthOf = ({ firstChannel, endChannel }: EdgeWindow): number => endChannel - firstChannel;

/** Walks over the edge's channels of all tiles with a wanted pixel. */
export const walk = (
  { reader, window, measured, signal }: Omit<FitInput, 'shape' | 'seed'>,
  wanted: Uint8Array = measured,
): AsyncGenerator<Tile> => tiles(reader, [window.firstChannel, window.endChannel], measured, wanted, signal);
