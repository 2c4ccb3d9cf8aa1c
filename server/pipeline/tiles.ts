import type { CubeReader } from '../formats/cube.ts';

/** Spectra are read and sums are formed in tiles of this many consecutive pixels, always cut at the same places. */
export const TILE_PIXELS = 256;

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
  const room = new Float32Array(TILE_PIXELS * width);
  for (let first = 0; first < wanted.length; first += TILE_PIXELS) {
    const count = Math.min(TILE_PIXELS, wanted.length - first);
    if (wanted.subarray(first, first + count).every((flag) => flag === 0)) continue;
    signal?.throwIfAborted();
    const spectra = room.subarray(0, count * width);
    await reader.read(first, count, channels[0], channels[1], spectra, passes);
    yield { first, count, spectra };
  }
}

/** Stretches of pixels, within tiles, that have more passes now than then. */
export function* newer(now: Uint8Array, then: Uint8Array): Generator<{ first: number; count: number }> {
  for (let pixel = 0; pixel < now.length; pixel++) {
    if (now[pixel] <= then[pixel]) continue;
    const end = Math.min(now.length, pixel + TILE_PIXELS - (pixel % TILE_PIXELS));
    let count = 1;
    while (pixel + count < end && now[pixel + count] > then[pixel + count]) count++;
    yield { first: pixel, count };
    pixel += count - 1;
  }
}
