import type { ShiftTraces } from '../../analysis/alignment/shift-directions.ts';
import type { BackgroundMethod } from '../../analysis/windows/background-method.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import type { CubeReader } from '../../formats/cube.ts';
import { type Range, TILE_PIXELS, TileReader } from '../reading/tiles.ts';

/** Inputs of a fit of one edge besides the spectra; plain data. */
export interface FitSubject {
  window: EdgeWindow;
  shape: [number, number];
  /** Row-major, passes that are complete at each pixel, 0 where it is not measured; not changed during a fit. */
  measured: Uint8Array;
  /** Row-major, how long each pixel is exposed; left out at uniform exposure: then all count the same. */
  exposure?: Float32Array | undefined;
  seed: number;
  /** Shifts from pixel to pixel that components leave out. */
  shifted?: ShiftTraces | undefined;
  /** Default `poisson`. */
  background?: BackgroundMethod;
}

/** Weight of a pixel, and divisor of its counts. */
export const weightOf = ({ exposure }: Pick<FitSubject, 'exposure'>, pixel: number): number =>
  exposure ? exposure[pixel] : 1;

/** Where and how the spectra of one edge are read for a fit. */
export interface FitInput extends FitSubject {
  reader: CubeReader;
  signal?: AbortSignal;
}

/** Consecutive pixels that one thread works on at a time. */
export interface Block extends Range {
  index: number;
}

/**
 * Blocks have fixed borders and their sums are added in order, so that results do not depend on the number of threads
 * or their scheduling.
 */
export const BLOCK_PIXELS = 16 * TILE_PIXELS;

export const blocksOf = (pixels: number): Block[] =>
  Array.from({ length: Math.ceil(pixels / BLOCK_PIXELS) }, (_, index) => ({
    index,
    first: index * BLOCK_PIXELS,
    end: Math.min((index + 1) * BLOCK_PIXELS, pixels),
  }));

/** One step of a fit: prepared with the data all blocks share, then run per block in any order. */
export type Step<Shared, Own, Part> = (
  input: FitInput,
  shared: Shared,
) => (block: Block, own: Own) => Promise<Part>;

/** Reads the edge's channels. */
export const tileReaderOf = ({ reader, window, measured, signal }: FitInput): TileReader =>
  new TileReader(reader, [window.firstChannel, window.endChannel], measured, signal);

/** Channels of a pixel that a fit reads. */
export const widthOf = ({ firstChannel, endChannel }: EdgeWindow): number => endChannel - firstChannel;
