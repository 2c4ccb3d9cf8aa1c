import { InputError } from '../../../protocol/index.ts';
import { recordCount, type ScanOrder } from '../scan-order.ts';
import { type FrameHeader, frameBytes, parseFrameHeader } from './mib-header.ts';
import type { ReadBytes, SeriesSpectra, SpectrumSeries } from './spectrum-series.ts';

const READ_BYTES = 2 ** 20;
const MOST_NUMBER = 999_999;

/** Frames of a Merlin detector, of which some rows are summed up to a spectrum. A frame belongs where its number says: one that was lost leaves its pixel empty. */
export class MibSeries implements SpectrumSeries {
  readonly path: string;
  readonly name = 'frames';
  readonly order: ScanOrder;
  readonly channels: number;
  readonly dtype: 'u32' | 'f64';
  readonly start: Uint8Array;
  readonly recordsPerRead: number;
  readonly #first: FrameHeader;
  readonly #rows: readonly [number, number];
  readonly #frameBytes: number;

  /**
   * @param start the header of the first frame, which has the time it was taken at
   * @param rows [first, end) of the detector
   */
  constructor(
    path: string,
    first: FrameHeader,
    start: Uint8Array,
    rows: readonly [number, number],
    order: ScanOrder,
  ) {
    this.path = path;
    this.order = order;
    this.channels = first.width;
    // Sums of up to 65 536 rows of 16 bits stay below 2³², those of 32 bits below 2⁵³.
    this.dtype = first.sampleBytes === 4 ? 'f64' : 'u32';
    this.start = start;
    this.#first = first;
    this.#rows = rows;
    this.#frameBytes = frameBytes(first);
    this.recordsPerRead = Math.max(2, Math.floor(READ_BYTES / this.#frameBytes));
  }

  async extent(_read: ReadBytes, size: number): Promise<number> {
    return Math.floor(size / this.#frameBytes);
  }

  async spectra(read: ReadBytes, first: number, count: number): Promise<SeriesSpectra> {
    const bytes = await read(first * this.#frameBytes, count * this.#frameBytes);
    const { width } = this.#first;
    const values = this.dtype === 'u32' ? new Uint32Array(count * width) : new Float64Array(count * width);
    const places: SeriesSpectra['places'] = [];
    for (let n = 0; n < count; n++) {
      const frame = bytes.subarray(n * this.#frameBytes, (n + 1) * this.#frameBytes);
      const place = this.#placeOf(frame, first + n);
      places.push(place);
      if (typeof place === 'number') this.#sum(frame, values.subarray(n * width, (n + 1) * width));
    }
    return { values, places };
  }

  #placeOf(frame: Uint8Array, index: number): number | InputError {
    const field = `frame ${index + 1}`;
    try {
      const { number, ...found } = parseFrameHeader(frame, this.path, field);
      const { number: firstNumber, ...expected } = this.#first;
      if (shapeOf(found) !== shapeOf(expected))
        return new InputError(
          this.path,
          field,
          `expected ${shapeOf(expected)} as the first frame has, found ${shapeOf(found)}`,
        );
      const place = number - firstNumber;
      // Beyond six digits nobody knows how numbers go on.
      if (place < index && firstNumber + index > MOST_NUMBER) return index;
      const last = recordCount(this.order) - 1;
      if (place >= index && place <= last) return place;
      return new InputError(
        this.path,
        field,
        `expected a number from ${firstNumber + index} to ${firstNumber + last}, found ${number}`,
      );
    } catch (error) {
      if (error instanceof InputError) return error;
      throw error;
    }
  }

  /** Adds up the rows, big endian. */
  #sum(frame: Uint8Array, out: Uint32Array | Float64Array): void {
    const { headerBytes, width, sampleBytes } = this.#first;
    const [first, end] = this.#rows;
    const rowBytes = width * sampleBytes;
    for (let row = first; row < end; row++) {
      let at = headerBytes + row * rowBytes;
      if (sampleBytes === 1) for (let x = 0; x < width; x++) out[x] += frame[at++];
      else if (sampleBytes === 2)
        for (let x = 0; x < width; x++, at += 2) out[x] += (frame[at] << 8) | frame[at + 1];
      else
        for (let x = 0; x < width; x++, at += 4)
          out[x] += frame[at] * 2 ** 24 + ((frame[at + 1] << 16) | (frame[at + 2] << 8) | frame[at + 3]);
    }
  }
}

const shapeOf = ({ width, height, type, headerBytes }: Omit<FrameHeader, 'number'>): string =>
  `${width} × ${height} of ${type} behind ${headerBytes} bytes`;
