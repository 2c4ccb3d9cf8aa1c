import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { BYTES_PER_SAMPLE, type DType, InputError, type Scan } from '../../../protocol/index.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { checkScanSize } from '../scan-limits.ts';
import { GIVE_ENERGY } from '../signals/energy-axis.ts';
import { parseNpyHeader } from './npy-header.ts';

const MOST_HEADER_BYTES = 64 * 1024;

const DTYPES: Record<string, DType> = {
  u1: 'u8',
  u2: 'u16',
  u4: 'u32',
  i2: 'i16',
  i4: 'i32',
  f4: 'f32',
  f8: 'f64',
};

/** NumPy's arrays: a spectrum image (y, x, energy), a line (x, energy) or one spectrum. They have no axes: the operator gives the energy. */
export const npyFile: Format = {
  name: 'NumPy',
  suffixes: ['.npy'],
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    let file: FileHandle | undefined;
    try {
      file = await open(path);
      const { size } = await file.stat();
      const start = Buffer.alloc(Math.min(size, MOST_HEADER_BYTES));
      const { bytesRead } = await file.read(start, 0, start.length, 0);
      return scanOf(start.subarray(0, bytesRead), size, path, options);
    } catch (error) {
      throw inputFault(error, path);
    } finally {
      await file?.close();
    }
  },
};

function scanOf(start: Buffer, size: number, path: string, options: OpenOptions): ScanFile {
  const { descriptor, fortranOrder, shape: sizes, bytes: byteOffset } = parseNpyHeader(start, path);
  const dtype = Object.hasOwn(DTYPES, descriptor.slice(1)) ? DTYPES[descriptor.slice(1)] : undefined;
  if (!dtype)
    throw new InputError(
      path,
      'descr',
      `expected real numbers (${Object.keys(DTYPES).join(', ')}), found ${descriptor}`,
    );
  if (sizes.length < 1 || sizes.length > 3)
    throw new InputError(path, 'shape', `expected (y, x, energy) or (x, energy), found ${sizes.length} axes`);
  if (fortranOrder && sizes.length > 1)
    throw new InputError(
      path,
      'fortran_order',
      'expected False, energy as the fastest axis, found True; save numpy.ascontiguousarray(a)',
    );
  const [channels, columns = 1, rows = 1] = sizes.toReversed();
  const shape: [number, number] = [rows, columns];
  checkScanSize(path, shape, channels);
  const bytes = byteOffset + rows * columns * channels * BYTES_PER_SAMPLE[dtype];
  if (size !== bytes)
    throw new InputError(
      path,
      'size',
      `expected ${bytes} bytes for ${sizes.join(' × ')} of ${dtype}, found ${size}`,
    );
  if (!options.energy)
    throw new InputError(
      path,
      'energy',
      `expected an axis, which this format has not: ${GIVE_ENERGY}, e.g. --energy 400,0.25; the last axis, ${channels} channels, is that of energies`,
    );
  const stem = basename(path, extname(path));
  const scan: Scan = { id: stem, name: stem, shape, channels, energy: options.energy, dtype };
  const core: ScanFile['core'] = {
    paths: [path],
    byteOffset,
    dtype,
    littleEndian: !descriptor.startsWith('>'),
    recordBy: 'vector',
    shape,
    channels,
    order: 'raster',
    flybackColumns: 0,
  };
  return { scan, core, scalars: [], growing: [] };
}
