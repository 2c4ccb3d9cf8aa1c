/** What the fits of an edge may hold beside the maps of its pixels: the maps of a large scan take what small ones leave. */
const ROOM_BYTES = 96e6;
const BYTES_PER_PIXEL = 90;

interface NetTile {
  /** Kept pixels × features. */
  rows: Float32Array;
  precisions: Float64Array;
}

/**
 * Normalised net spectra of the first present pixels, as many as there is room for, in whole tiles: these need not be read
 * and fitted again. Whether a spectrum is kept or made anew, it is the same.
 */
export class NetSpectra {
  readonly tiles: NetTile[] = [];
  /** Every present pixel before this one is kept. */
  endPixel = 0;
  readonly #features: number;
  #room: number;
  #isFull = false;

  /** @param room bytes; what the maps of so many pixels leave of it */
  constructor(features: number, pixels: number, room = ROOM_BYTES - BYTES_PER_PIXEL * pixels) {
    this.#features = features;
    this.#room = room;
  }

  /** Takes the present pixels of the next tile, `rows` and `precisions` of `count` of them; none after a tile without room. */
  add(rows: Float32Array, precisions: Float64Array, count: number, endPixel: number): void {
    const bytes = count * (4 * this.#features + 8);
    // For good: whatever comes after a tile that is not kept lies behind the end, be it nothing.
    this.#isFull ||= bytes > this.#room;
    if (this.#isFull) return;
    this.#room -= bytes;
    this.tiles.push({ rows: rows.slice(0, count * this.#features), precisions: precisions.slice(0, count) });
    this.endPixel = endPixel;
  }

  clear(): void {
    this.tiles.length = 0;
    this.#isFull = true;
    this.endPixel = 0;
  }
}
