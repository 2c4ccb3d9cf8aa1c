import type { DType, InputError, Samples } from '../../../protocol/index.ts';
import type { ScanOrder } from '../scan-order.ts';

/**
 * Reads bytes of the file of a series.
 * @throws ReadFault when they are not there, or cannot be read
 */
export type ReadBytes = (position: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;

/** Some spectra of a series, and where they belong. */
export interface SeriesSpectra {
  /** One spectrum after the other, also for records that could not be read (anything). */
  values: Samples;
  /** For each of them its place in the order of acquisition, or why it has none. */
  places: (number | InputError)[];
}

/** A file of records, one for each pixel, that are appended in the order of acquisition. */
export interface SpectrumSeries {
  readonly path: string;
  /** What the records are called, for messages. */
  readonly name: string;
  readonly order: ScanOrder;
  readonly channels: number;
  readonly dtype: DType;
  /** The bytes that the file began with when it was opened, as far as they stay while records come. */
  readonly start: Uint8Array;
  /** Records that are read together, two or more. */
  readonly recordsPerRead: number;
  /** Records that are complete in a file of `size` bytes. */
  extent(read: ReadBytes, size: number): Promise<number>;
  /** Spectra of records [first, first + count). */
  spectra(read: ReadBytes, first: number, count: number): Promise<SeriesSpectra>;
}
