import { InputError } from '../../../protocol/index.ts';

export interface NpyHeader {
  /** As NumPy writes it: `<f4`, `|u1`, `>i2` … */
  descriptor: string;
  fortranOrder: boolean;
  shape: number[];
  /** Of the header: where the samples begin. */
  bytes: number;
}

export const NPY_MAGIC = '\x93NUMPY';

/**
 * The header of a `.npy` file of version 1.0 to 3.0 (NumPy enhancement proposal 1).
 * @param start the beginning of the file, all of the header in it
 * @param place what to call the file in errors
 * @throws InputError when it does not hold
 */
export function parseNpyHeader(start: Uint8Array, place: string): NpyHeader {
  const wrong = (field: string, expectation: string) => new InputError(place, field, expectation);
  const text = (from: number, to: number) => Buffer.from(start.subarray(from, to)).toString('latin1');
  if (text(0, NPY_MAGIC.length) !== NPY_MAGIC) throw wrong('magic', 'expected a NumPy array file');
  const version = start[6];
  if (start.length > 6 && !(version >= 1 && version <= 3))
    throw wrong('version', `expected 1, 2 or 3, found ${version}`);
  const lengthBytes = version === 1 ? 2 : 4;
  const prefixBytes = 8 + lengthBytes;
  if (start.length < prefixBytes)
    throw wrong('length', `expected at least ${prefixBytes} bytes, found ${start.length}`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const bytes = prefixBytes + (lengthBytes === 2 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (start.length < bytes)
    throw wrong('length', `expected a header of ${bytes} bytes, found ${start.length}`);
  const header = text(prefixBytes, bytes);
  const descriptor = /'descr':\s{0,99}'([^']{0,99})'/.exec(header)?.[1];
  if (descriptor === undefined)
    throw wrong(
      'descr',
      `expected a plain number type, found ${/'descr':\s{0,99}(.{0,40})/.exec(header)?.[1] ?? 'none'}`,
    );
  const order = /'fortran_order':\s{0,99}(True|False)/.exec(header)?.[1];
  if (order === undefined) throw wrong('fortran_order', 'expected True or False, found neither');
  const tuple = /'shape':\s{0,99}\(([^)]{0,400})\)/.exec(header)?.[1];
  if (tuple === undefined) throw wrong('shape', 'expected a tuple');
  const shape = tuple
    .split(',')
    .filter((size) => size.trim())
    .map((size) => Number(size.trim().replace(/L$/, '')));
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 0))
    throw wrong('shape', `expected whole numbers, found (${tuple.slice(0, 60)})`);
  return { descriptor, fortranOrder: order === 'True', shape, bytes };
}
