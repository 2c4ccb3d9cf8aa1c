import { BYTES_PER_SAMPLE, type DType, InputError } from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import { openRegularFile } from '../files/regular-file.ts';
import { inputFault } from '../input-fault.ts';

/** Where samples are looked at: so many blocks, evenly over the file, of so many bytes. */
const BLOCKS = 16;
const BLOCK_BYTES = 4096;
/** With fewer neighbours that have counts nothing is told. */
const LEAST_PAIRS = 64;
/** Neighbours that differ by so many times their Poisson noise, and so many times more than with bytes swapped, are no spectrum. */
const MOST_GAIN = 100;
const MOST_RATIO = 16;
/** No counts in floating point are beyond these, and no counts are between the smallest one and 0. */
const [SMALLEST, LARGEST] = [1e-12, 1e20];
const MOST_ABSURD = 0.01;

type Order = 'little' | 'big';

/**
 * Holds the byte order that a header announces against the samples: read in the wrong one, counts jump from channel to channel by
 * hundreds of times their noise, and numbers in floating point are absurdly large or small.
 * @throws InputError when only the other order gives spectra; with few samples, or none yet, nothing is told
 */
export async function checkByteOrder(layout: CubeLayout): Promise<void> {
  const bytes = BYTES_PER_SAMPLE[layout.dtype];
  if (bytes === 1) return;
  const blocks = await readBlocks(layout, bytes);
  const [declared, other]: Order[] = layout.littleEndian ? ['little', 'big'] : ['big', 'little'];
  const isFloat = layout.dtype === 'f32' || layout.dtype === 'f64';
  const [found, swapped] = [declared, other].map((order) => {
    const values = blocks.map((block) => samplesOf(block, layout.dtype, order));
    return isFloat ? absurdShare(values.flat()) : gainOf(values);
  });
  const isWrong = isFloat
    ? found > MOST_ABSURD && swapped === 0
    : found > MOST_GAIN && found > MOST_RATIO * swapped;
  if (!isWrong) return;
  const finding = isFloat
    ? `${Math.round(100 * found)} % of the samples below 1e-12 or above 1e20`
    : `counts that jump by ${Math.round(found)} times their noise from channel to channel (${swapped.toPrecision(2)} times with bytes swapped)`;
  throw new InputError(
    layout.paths[0],
    'byte-order',
    `expected ${declared}-endian samples as the header says, found ${finding}: correct byte-order in the header to ${other}-endian`,
  );
}

async function readBlocks({ paths, byteOffset }: CubeLayout, sampleBytes: number): Promise<Buffer[]> {
  try {
    const file = await openRegularFile(paths[0]);
    try {
      const length = (await file.stat()).size - byteOffset;
      const blocks: Buffer[] = [];
      for (let n = 0; n < BLOCKS; n++) {
        const first = Math.floor((length * n) / BLOCKS / sampleBytes) * sampleBytes;
        const most = Math.min(BLOCK_BYTES, Math.floor((length * (n + 1)) / BLOCKS) - first);
        if (most < 2 * sampleBytes) continue;
        const block = Buffer.alloc(most - (most % sampleBytes));
        const { bytesRead } = await file.read(block, 0, block.length, byteOffset + first);
        blocks.push(block.subarray(0, bytesRead - (bytesRead % sampleBytes)));
      }
      return blocks;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw inputFault(error, paths[0]);
  }
}

const READERS: Record<DType, (view: DataView, at: number, little: boolean) => number> = {
  u8: (view, at) => view.getUint8(at),
  u16: (view, at, little) => view.getUint16(at, little),
  u32: (view, at, little) => view.getUint32(at, little),
  i16: (view, at, little) => view.getInt16(at, little),
  i32: (view, at, little) => view.getInt32(at, little),
  f32: (view, at, little) => view.getFloat32(at, little),
  f64: (view, at, little) => view.getFloat64(at, little),
};

function samplesOf(block: Buffer, dtype: DType, order: Order): number[] {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const bytes = BYTES_PER_SAMPLE[dtype];
  return Array.from({ length: block.length / bytes }, (_, n) =>
    READERS[dtype](view, n * bytes, order === 'little'),
  );
}

/** Median of (a − b)² / (|a| + |b|) over neighbours: 0.45 for counts with Poisson noise, whatever the spectrum; 0 where there are few. */
function gainOf(blocks: number[][]): number {
  const gains: number[] = [];
  for (const values of blocks)
    for (let n = 1; n < values.length; n++) {
      const sum = Math.abs(values[n]) + Math.abs(values[n - 1]);
      if (sum > 0) gains.push((values[n] - values[n - 1]) ** 2 / sum);
    }
  if (gains.length < LEAST_PAIRS) return 0;
  return gains.sort((a, b) => a - b)[gains.length >> 1];
}

function absurdShare(values: number[]): number {
  const counted = values.filter((value) => value !== 0);
  if (counted.length < LEAST_PAIRS) return 0;
  const absurd = counted.filter((value) => !(Math.abs(value) >= SMALLEST && Math.abs(value) <= LARGEST));
  return absurd.length / counted.length;
}
