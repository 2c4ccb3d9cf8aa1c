import { runs } from '../../analysis/math/runs.ts';
import type { CubeReader } from '../../formats/cube.ts';

/** Spectra are read and sums are formed in tiles of this many consecutive pixels, always cut at the same places. */
export const TILE_PIXELS = 256;

/**
 * Samples read at once, a tile at least: waking the reading threads takes about as long as copying a tile, and a larger
 * buffer leaves the processor's cache.
 */
const READ_SAMPLES = 2 ** 18;

export interface Tile {
  /** First pixel of the tile, row-major. */
  first: number;
  count: number;
  /** count × (endChannel − firstChannel). */
  spectra: Float32Array;
}

/** Pixels [first, end). */
export interface Range {
  first: number;
  end: number;
}

/** Reads some channels of a cube tile by tile, as far as it is measured. */
export class TileReader {
  readonly #reader: CubeReader;
  readonly #channels: readonly [number, number];
  readonly #passes: Uint8Array;
  readonly #signal: AbortSignal | undefined;
  /** Reused: the system would have to map new memory page by page for every read. */
  #buffer = new Float32Array(0);

  /**
   * @param channels [first, end)
   * @param passes row-major, passes that are complete at each pixel
   * @param signal ends walks by throwing its reason
   */
  constructor(
    reader: CubeReader,
    channels: readonly [number, number],
    passes: Uint8Array,
    signal?: AbortSignal,
  ) {
    this.#reader = reader;
    this.#channels = channels;
    this.#passes = passes;
    this.#signal = signal;
  }

  /**
   * Visits tiles in the order of pixels, one walk at a time.
   * @param wanted row-major, non-zero where a pixel is of interest; tiles without any are left out
   * @param take is given a tile, whose spectra are only valid until it returns
   * @param range whole tiles
   */
  async visit(
    wanted: Uint8Array,
    take: (tile: Tile) => void,
    { first, end }: Range = { first: 0, end: wanted.length },
  ): Promise<void> {
    const [from, to] = this.#channels;
    const width = to - from;
    const most = Math.max(Math.floor(READ_SAMPLES / (width * TILE_PIXELS)), 1) * TILE_PIXELS;
    const size = Math.min(most, end - first) * width;
    if (this.#buffer.length < size) this.#buffer = new Float32Array(size);
    const buffer = this.#buffer;
    const isWanted = (tile: number) => wanted.subarray(tile, tile + TILE_PIXELS).some((flag) => flag !== 0);
    for (let start = first, next = first; start < end; start = next) {
      while (next < Math.min(start + most, end) && isWanted(next)) next += TILE_PIXELS;
      if (next === start) {
        next += TILE_PIXELS;
        continue;
      }
      next = Math.min(next, end);
      this.#signal?.throwIfAborted();
      await this.#reader.read(start, next - start, from, to, buffer, this.#passes);
      for (let tile = start; tile < next; tile += TILE_PIXELS) {
        const count = Math.min(TILE_PIXELS, next - tile);
        const at = (tile - start) * width;
        take({ first: tile, count, spectra: buffer.subarray(at, at + count * width) });
      }
    }
  }
}

/** Ranges of pixels, within tiles, that have more passes in `now` than in `then`. */
export function* newer(now: Uint8Array, then: Uint8Array): Generator<{ first: number; count: number }> {
  for (let tile = 0; tile < now.length; tile += TILE_PIXELS) {
    const count = Math.min(TILE_PIXELS, now.length - tile);
    for (const [start, end] of runs(count, (place) => now[tile + place] > then[tile + place]))
      yield { first: tile + start, count: end - start };
  }
}
