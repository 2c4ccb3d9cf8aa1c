import { stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { BYTES_PER_SAMPLE } from '../../../protocol/index.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import { fullSize } from '../../formats/text/ripple.ts';
import { describeFile, type SourceFile } from '../../sessions/source-files.ts';
import type { ScanOpening } from '../source.ts';

/** The file that a scan was opened from, and what belongs to it. */
export type ScanOrigin = NonNullable<ScanOpening['origin']>;

/**
 * The files of a scan as they are now, the one that was opened first. What a reader has unpacked elsewhere is none of them.
 * @param acquired pixels of each pass that are complete, counted in the order of acquisition
 */
export async function scanFiles(
  { path, file }: ScanOrigin,
  acquired: readonly number[],
): Promise<SourceFile[]> {
  const folder = dirname(path);
  const files = [await describeFile('scan', path)];
  const add = async (role: SourceFile['role'], other: string, size?: number) => {
    if (dirname(other) !== folder || files.some((known) => known.path === other)) return;
    if (await exists(other)) files.push(await describeFile(role, other, size));
  };
  const addCube = async (role: SourceFile['role'], cube: CubeLayout) => {
    const header = `${cube.paths[0].slice(0, -extname(cube.paths[0]).length)}.rpl`;
    if (cube.paths[0] !== path) await add(role, header);
    for (const [pass, samples] of cube.paths.entries())
      await add(
        role,
        samples,
        file.growing.includes(samples) ? bytesOf(cube, acquired[pass] ?? 0) : undefined,
      );
  };
  await addCube('core', file.core);
  if (file.lowLossFile !== undefined) await add('low loss', file.lowLossFile);
  if (file.lowLoss) await addCube('low loss', file.lowLoss);
  for (const { cube } of file.scalars) await addCube('scalar', cube);
  return files;
}

/** Bytes of a file up to the end of the last of `pixels` pixels; undefined for all of them, where the last row's fly-back may follow. */
function bytesOf(cube: CubeLayout, pixels: number): number | undefined {
  const { shape, flybackColumns, byteOffset, channels, dtype } = cube;
  const [rows, columns] = shape;
  if (pixels >= rows * columns) return undefined;
  const records = pixels + Math.floor(pixels / columns) * flybackColumns;
  return Math.min(fullSize(cube), byteOffset + records * channels * BYTES_PER_SAMPLE[dtype]);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
