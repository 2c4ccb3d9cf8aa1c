import type { Scan } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';
import { sessionFiles } from './session-files.ts';

/** Where the spectra of a session can be read, of `passes` passes. */
export function sessionLayouts(
  folder: string,
  scan: Scan,
  passes: number,
): { core: CubeLayout; lowLoss?: CubeLayout } {
  const files = sessionFiles(folder);
  const layout = (
    path: (pass: number) => string,
    { channels, dtype }: Pick<Scan, 'channels' | 'dtype'>,
  ): CubeLayout => ({
    paths: Array.from({ length: passes }, (_, pass) => path(pass)),
    byteOffset: 0,
    dtype,
    littleEndian: true,
    recordBy: 'vector',
    shape: scan.shape,
    channels,
    order: 'raster',
    flybackColumns: 0,
  });
  return {
    core: layout(files.core, scan),
    ...(scan.lowLoss && { lowLoss: layout(files.lowLoss, scan.lowLoss) }),
  };
}
