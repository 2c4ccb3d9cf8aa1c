import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeNpy } from '../formats/numpy.ts';
import type { ComparedResults } from './compare-results.ts';

/**
 * Writes `compare.json` and the maps of differences: `counts-difference.npy`, `thickness-difference.npy`, and per edge
 * `intensity-difference.npy`, `snr-difference.npy` and `classes-difference.npy` (0 the same class or absent in both, 0.5 present in one
 * alone, 1 another class), f32 (y, x), NaN where either has not measured.
 */
export async function writeComparison(
  directory: string,
  { comparison, differences }: ComparedResults,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'compare.json'), `${JSON.stringify(comparison, undefined, 2)}\n`);
  // One of an earlier comparison would be taken for this one's.
  if (!differences.has('thickness')) await rm(join(directory, 'thickness-difference.npy'), { force: true });
  const { shape } = comparison.a.scan;
  for (const [name, map] of differences) {
    const path = join(directory, `${name}-difference.npy`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, encodeNpy(map, shape));
  }
}
