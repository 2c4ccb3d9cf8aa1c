import { runs } from '../analysis/runs.ts';
import type { CubeReader } from '../formats/cube.ts';

/** Spectra are read and sums are formed in tiles of this many consecutive pixels, always cut at the same places. */
export const TILE_PIXELS = 256;

/**
 * Samples read at once, a tile at least: to wake the threads that read takes about as long as they take to copy one, and a
 * larger room lies outside the processor's cache.
 */
const READ_SAMPLES = 2 ** 18;

export interface Tile {
  /** First pixel of the tile, row-major. */
  first: number;
  count: number;
  /** count × (endChannel − firstChannel). */
  spectra: Float32Array;
}

/**
 * Reads a cube tile by tile, in the order of pixels, as far as it is measured. The spectra are only valid until the
 * next tile.
 * @param passes row-major, passes that are complete at each pixel
 * @param wanted row-major, non-zero where a pixel is of interest; tiles without any are left out
 * @param signal ends the walk by throwing its reason
 */
export async function* tiles(
  reader: CubeReader,
  channels: [number, number],
  passes: Uint8Array,
  wanted: Uint8Array,
  signal?: AbortSignal,
): AsyncGenerator<Tile> {
  const width = channels[1] - channels[0];
  const pixels = wanted.length;
  const most = Math.max(Math.floor(READ_SAMPLES / (width * TILE_PIXELS)), 1) * TILE_PIXELS;
  const room = new Float32Array(Math.min(most, pixels) * width);
  const isWanted = (tile: number) => wanted.subarray(tile, tile + TILE_PIXELS).some((flag) => flag !== 0);
  for (let start = 0; start < pixels; ) {
    let end = start;
    while (end < Math.min(start + most, pixels) && isWanted(end)) end += TILE_PIXELS;
    if (end === start) {
      start += TILE_PIXELS;
      continue;
    }
    signal?.throwIfAborted();
    end = Math.min(end, pixels);
    await reader.read(start, end - start, channels[0], channels[1], room, passes);
    for (let first = start; first < end; first += TILE_PIXELS) {
      const count = Math.min(TILE_PIXELS, end - first);
      const from = (first - start) * width;
      yield { first, count, spectra: room.subarray(from, from + count * width) };
    }
    start = end;
  }
}

/** Stretches of pixels, within tiles, that have more passes now than then. */
export function* newer(now: Uint8Array, then: Uint8Array): Generator<{ first: number; count: number }> {
  for (let tile = 0; tile < now.length; tile += TILE_PIXELS) {
    const count = Math.min(TILE_PIXELS, now.length - tile);
    for (const [start, end] of runs(count, (place) => now[tile + place] > then[tile + place]))
      yield { first: tile + start, count: end - start };
  }
}
