import type { FileHandle } from 'node:fs/promises';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { InputError, type Scan } from '../../../protocol/index.ts';
import { openRegularFile } from '../files/regular-file.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { checkScanSize } from '../scan-limits.ts';
import { recordCount } from '../scan-order.ts';
import { GIVE_ENERGY } from '../signals/energy-axis.ts';
import { readTextFile } from '../text/text-file.ts';
import { spoolFolder } from '../unpacking/spool.ts';
import {
  type AcquisitionHeader,
  FRAME_TEXT_BYTES,
  type FrameHeader,
  frameBytes,
  parseAcquisitionHeader,
  parseFrameHeader,
} from './mib-header.ts';
import { frameOrder } from './mib-order.ts';
import { MibSeries } from './mib-series.ts';
import { SeriesUnpacker } from './series-unpacker.ts';

const MOST_HDR_BYTES = 64 * 1024;

/**
 * Frames of a Merlin (Medipix) detector, one for each pixel, in a file that grows by a frame at a time, with the header of the acquisition
 * (`.hdr`) beside it. Rows of the detector are summed up; the operator gives the energies.
 */
export const mib: Format = {
  name: 'Merlin',
  suffixes: ['.mib'],
  beside: ['.hdr'],
  isAppended: true,
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    let file: FileHandle | undefined;
    try {
      file = await openRegularFile(path);
      const { size } = await file.stat();
      const beginning = await take(file, Math.min(size, FRAME_TEXT_BYTES));
      const frame = parseFrameHeader(beginning, path, 'frame 1');
      if (size < frameBytes(frame))
        throw new InputError(
          path,
          'size',
          `expected a frame of ${frameBytes(frame)} bytes at least, found ${size}`,
        );
      const start = await take(file, frame.headerBytes);
      return await scanOf({ path, frame, start, size }, options);
    } catch (error) {
      throw inputFault(error, path);
    } finally {
      await file?.close();
    }
  },
};

async function take(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, 0);
  return bytes.subarray(0, bytesRead);
}

interface Frames {
  path: string;
  frame: FrameHeader;
  /** The header of the first frame. */
  start: Buffer;
  size: number;
}

async function scanOf({ path, frame, start, size }: Frames, options: OpenOptions): Promise<ScanFile> {
  const found = await acquisitionOf(path, options.shape !== undefined);
  const order = frameOrder(options.shape, found?.header ?? {}, found?.path ?? path);
  const { width, height } = frame;
  checkScanSize(path, order.shape, width);
  const frames = Math.floor(size / frameBytes(frame));
  if (frames > recordCount(order))
    throw new InputError(
      found?.path ?? path,
      'shape',
      `expected ${order.shape.join(' × ')} pixels, found ${frames} frames; --shape y,x says how many rows and columns there are`,
    );
  const rows = options.rows ?? [0, height];
  if (rows[1] > height)
    throw new InputError(
      path,
      'rows',
      `expected rows up to ${height}, those of the detector, found --rows ${rows.join(':')}`,
    );
  if (!options.energy)
    throw new InputError(
      path,
      'energy',
      `expected an axis, which this format has not: ${GIVE_ENERGY}, e.g. --energy 400,0.25; the columns of a frame, ${width} of them, are the channels`,
    );
  const series = new MibSeries(path, frame, start, rows, order);
  const unpacker = new SeriesUnpacker(series, await spoolFolder(options.scratch));
  const stem = basename(path, extname(path));
  const scan: Scan = {
    id: stem,
    name: stem,
    shape: order.shape,
    channels: width,
    energy: options.energy,
    dtype: series.dtype,
    ...(frame.seconds !== undefined && { dwellSeconds: frame.seconds }),
  };
  return {
    scan,
    core: unpacker.layout,
    scalars: [],
    growing: [path],
    headerBytes: frame.headerBytes,
    unpack: { core: unpacker },
  };
}

/** The header of the acquisition beside the frames. @param mayFail the operator says what it would say */
async function acquisitionOf(
  path: string,
  mayFail: boolean,
): Promise<{ header: AcquisitionHeader; path: string } | undefined> {
  const name = `${basename(path, extname(path))}.hdr`.toLowerCase();
  const names = await readdir(dirname(path));
  const beside = names.find((other) => other.toLowerCase() === name);
  if (beside === undefined && mayFail) return undefined;
  if (beside === undefined)
    throw new InputError(
      path,
      'shape',
      `expected the header of the acquisition beside it, ${basename(path, extname(path))}.hdr, found none; --shape y,x says how many rows and columns there are`,
    );
  const hdr = join(dirname(path), beside);
  try {
    return { header: parseAcquisitionHeader(await readTextFile(hdr, MOST_HDR_BYTES), hdr), path: hdr };
  } catch (error) {
    if (mayFail && error instanceof InputError) return undefined;
    throw error;
  }
}
