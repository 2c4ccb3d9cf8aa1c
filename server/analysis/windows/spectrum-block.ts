import { KernelMemory, type Kernels } from '../math/kernels.ts';
import { addRows, rowTotals } from './spectrum-rows.ts';

/** Samples of a block: few enough to stay in the processor's cache from one kernel to the next. */
const BLOCK_SAMPLES = 32_768;
const MOST_ROWS = 256;

/** How many spectra of so many channels are a block. */
export const capacityOf = (width: number): number =>
  Math.min(Math.max(Math.floor(BLOCK_SAMPLES / width), 1), MOST_ROWS);

/** A block of spectra in the memory of the kernels (server/kernels/assembly/rows.ts, screen.ts), with their sums. */
export class SpectrumBlock {
  readonly width: number;
  /** Most spectra at once. */
  readonly capacity: number;
  /** capacity × width. */
  readonly samples: Float32Array;
  /** Of each spectrum: sum, minimum (at most 0) and maximum (at least 0). */
  readonly totals: Float64Array;
  readonly least: Float32Array;
  readonly most: Float32Array;
  /** Of each channel, over all spectra that were added up. */
  readonly sums: Float64Array;
  /** For `pick`, per channel: what a square must exceed is slope · (sum of the neighbours) + floor. */
  readonly #slopes: Float32Array;
  readonly #floors: Float32Array;
  /** Picked samples: row · width + channel, counted from the row that the search began with. */
  readonly found: Int32Array;
  /** Undefined where this thread has none: their twins serve. */
  protected readonly kernels: Kernels | undefined;
  protected readonly memory: ArrayBuffer;
  /** Where the arrays lie in it. */
  protected readonly at: Record<
    'samples' | 'totals' | 'least' | 'most' | 'sums' | 'slopes' | 'floors' | 'found',
    number
  >;

  /** @param room memory layout; subclasses add arrays to it */
  constructor(width: number, room: KernelMemory = new KernelMemory()) {
    this.width = width;
    this.capacity = capacityOf(width);
    const size = this.capacity * width;
    // Kernels take four samples at a time, with their neighbours.
    const at = {
      samples: room.take(4 * (size + 8)),
      totals: room.take(8 * this.capacity),
      least: room.take(4 * this.capacity),
      most: room.take(4 * this.capacity),
      sums: room.take(8 * (width + 3)),
      slopes: room.take(4 * (width + 8)),
      floors: room.take(4 * (width + 8)),
      found: room.take(4 * size),
    };
    this.at = at;
    this.kernels = room.kernels();
    this.memory = this.kernels?.memory ?? new ArrayBuffer(room.bytes);
    const { memory } = this;
    this.samples = new Float32Array(memory, at.samples, size);
    this.totals = new Float64Array(memory, at.totals, this.capacity);
    this.least = new Float32Array(memory, at.least, this.capacity);
    this.most = new Float32Array(memory, at.most, this.capacity);
    this.sums = new Float64Array(memory, at.sums, width);
    this.#slopes = new Float32Array(memory, at.slopes, width);
    this.#floors = new Float32Array(memory, at.floors, width);
    this.found = new Int32Array(memory, at.found, size);
  }

  /** Takes `rows` spectra that start at `from`, at most as many as there is room for. */
  load(spectra: Float32Array, from: number, rows: number): void {
    const { width, samples, totals, least, most } = this;
    samples.set(spectra.subarray(from, from + rows * width));
    const at = this.at;
    if (this.kernels) this.kernels.rowTotals(at.samples, rows, width, at.totals, at.least, at.most);
    else rowTotals(samples, rows, width, totals, least, most);
  }

  /** Whether all samples of a spectrum are finite numbers: then so is their sum, which float64 cannot overflow. */
  isFinite(row: number): boolean {
    return Number.isFinite(this.totals[row]);
  }

  /** Returns the sums and resets them. */
  drain(): Float64Array {
    const sums = this.sums.slice();
    this.sums.fill(0);
    return sums;
  }

  /** Adds spectra [first, end) to the sums. */
  add(first: number, end: number): void {
    const { width, sums } = this;
    const from = first * width;
    if (this.kernels) this.kernels.addRows(this.at.samples + 4 * from, end - first, width, this.at.sums);
    else addRows(this.samples.subarray(from, end * width), end - first, width, sums);
  }

  /**
   * Sets the squared prominence from which samples of a channel are picked; −∞ picks all of them.
   * @param one value of one count in the samples
   */
  setThreshold(channel: number, square: number, one = 1): void {
    this.#slopes[channel] = Number.isFinite(square) ? 3 * square : 0;
    this.#floors[channel] = 4 * square * one;
  }

  /**
   * Searches spectra [first, end) for samples that may exceed the thresholds.
   * @returns how many were found; undefined without kernels
   */
  pick(first: number, end: number): number | undefined {
    const { samples, least, most, slopes, floors, found } = this.at;
    const { width } = this;
    return this.kernels?.screen(
      samples + 4 * first * width,
      end - first,
      width,
      least + 4 * first,
      most + 4 * first,
      slopes,
      floors,
      found,
    );
  }
}
