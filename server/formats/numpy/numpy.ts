import { InputError } from '../../../protocol/index.ts';
import { NPY_MAGIC, parseNpyHeader } from './npy-header.ts';

/** Sample arrays that NumPy knows under the same name. */
export type NpyArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** C-ordered samples with their shape; `shape` is empty for a scalar. */
export interface NdArray<Data extends NpyArray = NpyArray> {
  data: Data;
  shape: number[];
}

const DESCRIPTORS: [string, (buffer: ArrayBuffer) => NpyArray][] = [
  ['|u1', (buffer) => new Uint8Array(buffer)],
  ['<u2', (buffer) => new Uint16Array(buffer)],
  ['<u4', (buffer) => new Uint32Array(buffer)],
  ['|i1', (buffer) => new Int8Array(buffer)],
  ['<i2', (buffer) => new Int16Array(buffer)],
  ['<i4', (buffer) => new Int32Array(buffer)],
  ['<f4', (buffer) => new Float32Array(buffer)],
  ['<f8', (buffer) => new Float64Array(buffer)],
];

/** NumPy aligns the samples to 64 bytes. */
const ALIGNMENT = 64;

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Python's spelling of a tuple: `(3,)` and `()` included. */
const tuple = (shape: readonly number[]): string =>
  shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;

function descriptorOf(data: NpyArray): string {
  const found = DESCRIPTORS.find(([, create]) => create(new ArrayBuffer(0)).constructor === data.constructor);
  if (!found) throw new TypeError(`no .npy descriptor for ${data.constructor.name}`);
  return found[0];
}

/**
 * A `.npy` file of version 1.0 (NumPy enhancement proposal 1): C order, little endian as the arrays are on every
 * platform this runs on.
 * @throws RangeError when `data` does not have the size that `shape` asks for
 */
export function encodeNpy(data: NpyArray, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  if (data.length !== elements(shape))
    throw new RangeError(`array of shape ${tuple(shape)} with ${data.length} samples`);
  const dictionary = `{'descr': '${descriptorOf(data)}', 'fortran_order': False, 'shape': ${tuple(shape)}, }`;
  const prefixBytes = NPY_MAGIC.length + 4;
  const unpadded = prefixBytes + dictionary.length + 1;
  const headerBytes = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(headerBytes + data.byteLength);
  const header = `${dictionary}${' '.repeat(headerBytes - unpadded)}\n`;
  bytes.set(Buffer.from(NPY_MAGIC, 'latin1'));
  bytes[6] = 1;
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), prefixBytes);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), headerBytes);
  return bytes;
}

/**
 * Reads a `.npy` file of version 1.0 to 3.0 whose samples are C-ordered, little-endian numbers of at most 32 (integer)
 * or 64 (float) bits.
 * @param place what to call the file in errors
 * @throws InputError when the header or the length do not hold
 */
export function decodeNpy(bytes: Uint8Array, place = '.npy'): NdArray {
  const wrong = (field: string, expectation: string) => new InputError(place, field, expectation);
  const { descriptor, fortranOrder, shape, bytes: headerEnd } = parseNpyHeader(bytes, place);
  const create = DESCRIPTORS.find(([name]) => name === descriptor)?.[1];
  if (!create) throw wrong('descr', `expected a plain little-endian number type, found ${descriptor}`);
  if (fortranOrder) throw wrong('fortran_order', 'expected False (C order)');
  const data = create(new Uint8Array(bytes.subarray(headerEnd)).buffer.slice(0, wholeSamples()));
  if (data.length !== elements(shape))
    throw wrong(
      'length',
      `expected ${elements(shape)} samples for shape ${tuple(shape)}, found ${data.length}`,
    );
  return { data, shape };

  function wholeSamples(): number {
    const size = Number(descriptor.slice(2));
    return Math.floor(Math.max(0, bytes.length - headerEnd) / size) * size;
  }
}
