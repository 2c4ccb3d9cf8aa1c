import { crc32 } from 'node:zlib';
import { BYTES_PER_SAMPLE, SAMPLE_ARRAYS } from '../../../protocol/index.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { openForWriting, writeAll } from '../passes/positional-file.ts';
import { patchLayouts } from '../session-layouts.ts';
import type { RescanRecord } from './rescan-record.ts';
import type { RowSpan } from './rescan-rows.ts';

/**
 * Sums rows of a rescan of finer pixels down to the pixels of its scan, into files beside its own, and puts these on disk.
 * @returns CRC-32 of each span of rows, in the core and, where there is one, the low loss
 */
export async function sumRescan(
  folder: string,
  rescan: RescanRecord,
  rows: readonly RowSpan[],
): Promise<number[][]> {
  const { file, scan, finer } = rescan;
  const fine = patchLayouts(folder, { file, scan, finer: 1 }, [0, scan.shape[0]]);
  const summed = patchLayouts(folder, rescan, [0, scan.shape[0] / finer]);
  const checksums = (await sumCube(fine.core, summed.core, finer, rows)).map((own) => [own]);
  if (!fine.lowLoss || !summed.lowLoss) return checksums;
  const low = await sumCube(fine.lowLoss, summed.lowLoss, finer, rows);
  return checksums.map((own, span) => [...own, low[span]]);
}

async function sumCube(
  fine: CubeLayout,
  { paths: [path], dtype, channels, shape: [, columns] }: CubeLayout,
  finer: number,
  rows: readonly RowSpan[],
): Promise<number[]> {
  const reader = await openCube(fine);
  const file = await openForWriting(path);
  try {
    const line = new Float64Array(columns * finer * channels);
    const checksums: number[] = [];
    for (const [first, end] of rows) {
      let checksum = 0;
      for (let row = first; row < end; row++) {
        const sums = new Float64Array(columns * channels);
        for (let part = 0; part < finer; part++) {
          const from = (row * finer + part) * columns * finer;
          await reader.read(from, columns * finer, 0, channels, line);
          for (let pixel = 0; pixel < columns * finer; pixel++) {
            const to = Math.floor(pixel / finer) * channels;
            for (let c = 0; c < channels; c++) sums[to + c] += line[pixel * channels + c];
          }
        }
        const samples = new SAMPLE_ARRAYS[dtype](sums);
        const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
        await writeAll(file, bytes, row * columns * channels * BYTES_PER_SAMPLE[dtype]);
        checksum = crc32(bytes, checksum);
      }
      checksums.push(checksum);
    }
    await file.datasync();
    return checksums;
  } finally {
    await reader.close();
    await file.close();
  }
}
