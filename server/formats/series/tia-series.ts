import { type DType, InputError, SAMPLE_ARRAYS, type Samples } from '../../../protocol/index.ts';
import { ReadFault } from '../reading/read-fault.ts';
import type { ScanOrder } from '../scan-order.ts';
import type { ReadBytes, SeriesSpectra, SpectrumSeries } from './spectrum-series.ts';
import {
  ELEMENT_HEADER_BYTES,
  parseElement,
  readOffset,
  START_BYTES,
  type TiaElement,
  type TiaHeader,
  type TiaType,
} from './tia-header.ts';

const READ_BYTES = 2 ** 20;

const ARRAYS: Readonly<Record<TiaType, new (buffer: ArrayBuffer) => Samples | Int8Array>> = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** The spectra of a TIA series, each behind a header of its own. */
export class TiaSeries implements SpectrumSeries {
  readonly path: string;
  readonly name = 'elements';
  readonly order: ScanOrder;
  readonly channels: number;
  readonly dtype: DType;
  readonly start: Uint8Array;
  readonly recordsPerRead: number;
  readonly #header: TiaHeader;

  constructor(path: string, header: TiaHeader, shape: [number, number]) {
    const { element, start } = header;
    this.path = path;
    this.order = { shape, order: 'raster', flybackColumns: 0 };
    this.channels = element.channels;
    this.dtype = element.type === 'i8' ? 'i16' : element.type;
    this.start = start;
    this.recordsPerRead = Math.max(2, Math.floor(READ_BYTES / this.#elementBytes(header)));
    this.#header = header;
  }

  /** The number of valid elements that the header says by now. */
  async extent(read: ReadBytes): Promise<number> {
    const valid = await read(START_BYTES, 4);
    return new DataView(valid.buffer).getUint32(0, true);
  }

  async spectra(read: ReadBytes, first: number, count: number): Promise<SeriesSpectra> {
    const { element, table, offsetBytes } = this.#header;
    const bytes = this.#elementBytes(this.#header);
    const entries = new DataView((await read(table + first * offsetBytes, count * offsetBytes)).buffer);
    const offsets = Array.from({ length: count }, (_, n) =>
      readOffset(entries, n * offsetBytes, offsetBytes),
    );
    // Elements lie one after the other, each with a tag behind it; where they do not they are read one by one.
    const low = offsets.reduce((least, offset) => Math.min(least, offset));
    const length = offsets.reduce((most, offset) => Math.max(most, offset)) - low + bytes;
    const together = length <= 2 * READ_BYTES && (await ifThere(read, low, length));
    const values = new SAMPLE_ARRAYS[this.dtype](count * this.channels);
    const places: SeriesSpectra['places'] = [];
    for (const [n, offset] of offsets.entries()) {
      const at = together ? offset - low : 0;
      const record = together || (await ifThere(read, offset, bytes));
      if (!record) {
        places.push(this.#fault(first + n, `${bytes} bytes at ${offset} within the file`, 'fewer'));
        continue;
      }
      const found = parsedOr(() =>
        parseElement(new DataView(record.buffer, at, ELEMENT_HEADER_BYTES), this.path),
      );
      const isAlike =
        !(found instanceof InputError) &&
        (Object.keys(element) as (keyof typeof element)[]).every((key) =>
          Object.is(found[key], element[key]),
        );
      if (found instanceof InputError) places.push(found);
      else if (!isAlike)
        places.push(
          this.#fault(first + n, `${described(element)} as the first element has`, described(found)),
        );
      else {
        const start = at + ELEMENT_HEADER_BYTES;
        values.set(new ARRAYS[element.type](record.buffer.slice(start, at + bytes)), n * this.channels);
        places.push(first + n);
      }
    }
    return { values, places };
  }

  #fault(element: number, expected: string, found: string): InputError {
    return new InputError(this.path, `element ${element}`, `expected ${expected}, found ${found}`);
  }

  #elementBytes({ element }: TiaHeader): number {
    return ELEMENT_HEADER_BYTES + element.channels * element.sampleBytes;
  }
}

const described = ({ channels, type, offset, dispersion }: TiaElement): string =>
  `${channels} channels of ${type} from ${offset} eV, ${dispersion} eV each,`;

/** Bytes of the file; undefined where it does not reach so far. */
async function ifThere(
  read: ReadBytes,
  position: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (!Number.isSafeInteger(position + length)) return undefined;
  try {
    return await read(position, length);
  } catch (error) {
    if (error instanceof ReadFault && error.code === 'short') return undefined;
    throw error;
  }
}

function parsedOr<Result>(parse: () => Result): Result | InputError {
  try {
    return parse();
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}
