import { InputError } from '../../../protocol/index.ts';
import type { ByteWindow } from '../files/byte-window.ts';
import { PlainImageError } from '../signals/plain-image.ts';

const SPECTRA = 0x4120;
const IMAGES = 0x4122;
/** Series of later versions (0x0220, by TIA 4.7.3 and later) have offsets of 64 bits. */
const LAST_SHORT_VERSION = 0x0210;
const MOST_DIMENSIONS = 8;
const MOST_TEXT_BYTES = 4096;
/** Of an element before its samples. */
export const ELEMENT_HEADER_BYTES = 26;
/** Bytes that a series begins with and that stay while it is written: all up to the number of valid elements. */
export const START_BYTES = 18;

const TYPES: Readonly<Record<number, readonly [type: TiaType, bytes: number]>> = {
  1: ['u8', 1],
  2: ['u16', 2],
  3: ['u32', 4],
  4: ['i8', 1],
  5: ['i16', 2],
  6: ['i32', 4],
  7: ['f32', 4],
  8: ['f64', 8],
};

export type TiaType = 'u8' | 'u16' | 'u32' | 'i8' | 'i16' | 'i32' | 'f32' | 'f64';

/** What the header of an element says, and what all of a series must have in common. */
export interface TiaElement {
  /** eV of the first channel and eV per channel. */
  offset: number;
  dispersion: number;
  type: TiaType;
  sampleBytes: number;
  channels: number;
}

/** Header of a TIA series (`.ser`) of spectra. */
export interface TiaHeader {
  start: Uint8Array;
  /** Elements of the whole series. */
  total: number;
  /** Where the table of offsets begins, and bytes of an entry. */
  table: number;
  offsetBytes: 4 | 8;
  /** The first one runs fastest; its elements are `step` apart. */
  dimensions: { size: number; step: number; units: string }[];
  /** Of the first element. */
  element: TiaElement;
}

/**
 * Reads the header of a series, little endian, and that of its first element.
 * @throws InputError when it is no series of spectra, or does not hold
 */
export async function readTiaHeader(file: ByteWindow, path: string): Promise<TiaHeader> {
  const wrong = (field: string, expectation: string) => new InputError(path, field, expectation);
  const beginning = await file.take(START_BYTES);
  const start = new Uint8Array(
    beginning.buffer.slice(beginning.byteOffset, beginning.byteOffset + START_BYTES),
  );
  const [order, series, version] = [0, 2, 4].map((at) => beginning.getUint16(at, true));
  if (order !== 0x4949 || series !== 0x0197)
    throw wrong('SeriesID', 'expected a TIA series (bytes 49 49 97 01), found another file');
  const dataType = beginning.getUint32(6, true);
  if (dataType === IMAGES)
    throw new PlainImageError(path, 'DataTypeID', 'expected spectra (0x4120), found images (0x4122)');
  if (dataType !== SPECTRA)
    throw wrong('DataTypeID', `expected spectra (0x4120), found 0x${dataType.toString(16)}`);
  const total = beginning.getUint32(14, true);
  const u32 = async () => (await file.take(4)).getUint32(0, true);
  const valid = await u32();
  if (valid < 1 || valid > total)
    throw wrong('ValidNumberElements', `expected 1 to ${total} elements, found ${valid}`);
  const offsetBytes = version <= LAST_SHORT_VERSION ? 4 : 8;
  const table = readOffset(await file.take(offsetBytes), 0, offsetBytes);
  const dimensions = await readDimensions(file, path, await u32());
  const elements = dimensions.reduce((product, { size }) => product * size, 1);
  if (elements !== total)
    throw wrong('DimensionSize', `expected sizes that make ${total} elements, found ${elements}`);
  if (!(table + valid * offsetBytes <= file.size))
    throw wrong('OffsetArrayOffset', `expected ${valid} offsets within ${file.size} bytes, found ${table}`);
  file.position = table;
  const first = readOffset(await file.take(offsetBytes), 0, offsetBytes);
  file.position = first;
  const element = parseElement(await file.take(ELEMENT_HEADER_BYTES), path);
  const bytes = element.channels * element.sampleBytes;
  if (first + ELEMENT_HEADER_BYTES + bytes > file.size)
    throw wrong(
      'size',
      `expected ${bytes} bytes of samples at ${first}, found the file to end at ${file.size}`,
    );
  return { start, total, table, offsetBytes, dimensions, element };
}

async function readDimensions(
  file: ByteWindow,
  path: string,
  count: number,
): Promise<TiaHeader['dimensions']> {
  if (count > MOST_DIMENSIONS)
    throw new InputError(path, 'NumberDimensions', `expected at most ${MOST_DIMENSIONS}, found ${count}`);
  const text = async (field: string) => {
    const length = (await file.take(4)).getUint32(0, true);
    if (length > MOST_TEXT_BYTES)
      throw new InputError(path, field, `expected at most ${MOST_TEXT_BYTES} bytes of text, found ${length}`);
    const { buffer, byteOffset } = await file.take(length);
    return Buffer.from(buffer, byteOffset, length).toString('latin1').trim();
  };
  const dimensions: TiaHeader['dimensions'] = [];
  for (let index = 0; index < count; index++) {
    const fixed = await file.take(24);
    const [size, step] = [fixed.getUint32(0, true), fixed.getFloat64(12, true)];
    await text('Description');
    dimensions.push({ size, step, units: await text('Units') });
  }
  return dimensions;
}

/** @throws InputError when its samples are of no known type */
export function parseElement(view: DataView, path: string): TiaElement {
  const [calibration, dispersion] = [view.getFloat64(0, true), view.getFloat64(8, true)];
  const type = view.getUint16(20, true);
  if (!Object.hasOwn(TYPES, type))
    throw new InputError(path, 'DataType', `expected real numbers (1 to 8), found ${type}`);
  // The calibration is the energy of one of the channels.
  const offset = calibration - view.getUint32(16, true) * dispersion;
  return {
    offset,
    dispersion,
    type: TYPES[type][0],
    sampleBytes: TYPES[type][1],
    channels: view.getUint32(22, true),
  };
}

/** An entry of the table of offsets; one of 64 bits is exact up to 2⁵³. */
export const readOffset = (view: DataView, at: number, bytes: 4 | 8): number =>
  bytes === 4 ? view.getUint32(at, true) : Number(view.getBigUint64(at, true));
