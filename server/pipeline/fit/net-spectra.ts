/** Memory for net spectra and per-pixel maps of the fits of an edge, bytes. */
const MOST_BYTES = 96e6;
const BYTES_PER_PIXEL = 90;

/** Normalised net spectra of the present pixels of a block. */
export interface NetRows {
  /** n × features. */
  rows: Float32Array;
  precisions: Float64Array;
}

/**
 * Cache of the net spectra of blocks, as many as fit: these need not be read and fitted again. Kept and recomputed
 * spectra are identical.
 */
export class NetSpectra {
  readonly #blocks = new Map<number, NetRows>();
  #remaining: number;

  /** @param room bytes; what the maps of so many pixels leave of it */
  constructor(pixels: number, remaining = MOST_BYTES - BYTES_PER_PIXEL * pixels) {
    this.#remaining = remaining;
  }

  get hasRoom(): boolean {
    return this.#remaining > 0;
  }

  /** Blocks that are kept. */
  get size(): number {
    return this.#blocks.size;
  }

  add(block: number, net: NetRows): void {
    const bytes = net.rows.byteLength + net.precisions.byteLength;
    if (bytes > this.#remaining) {
      this.#remaining = 0;
      return;
    }
    this.#remaining -= bytes;
    this.#blocks.set(block, net);
  }

  /** Returns and frees a block. */
  take(block: number): NetRows | undefined {
    const net = this.#blocks.get(block);
    this.#blocks.delete(block);
    return net;
  }
}
