/** What the fits of an edge may hold beside the maps of its pixels: the maps of a large scan take what small ones leave. */
const ROOM_BYTES = 96e6;
const BYTES_PER_PIXEL = 90;

/** Normalised net spectra of the present pixels of a block. */
export interface NetRows {
  /** n × features. */
  rows: Float32Array;
  precisions: Float64Array;
}

/**
 * Net spectra of blocks, as many as there is room for: these need not be read and fitted again. Whether a spectrum is kept
 * or made anew, it is the same.
 */
export class NetSpectra {
  readonly #blocks = new Map<number, NetRows>();
  #room: number;

  /** @param room bytes; what the maps of so many pixels leave of it */
  constructor(pixels: number, room = ROOM_BYTES - BYTES_PER_PIXEL * pixels) {
    this.#room = room;
  }

  get hasRoom(): boolean {
    return this.#room > 0;
  }

  /** Blocks that are kept. */
  get size(): number {
    return this.#blocks.size;
  }

  add(block: number, net: NetRows): void {
    const bytes = net.rows.byteLength + net.precisions.byteLength;
    if (bytes > this.#room) {
      this.#room = 0;
      return;
    }
    this.#room -= bytes;
    this.#blocks.set(block, net);
  }

  /** Lets go of a block. */
  take(block: number): NetRows | undefined {
    const net = this.#blocks.get(block);
    this.#blocks.delete(block);
    return net;
  }
}
