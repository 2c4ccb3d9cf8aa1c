import type { CubeLayout } from '../cube.ts';
import { cover, RESCAN } from './exposure.ts';
import { overlap } from './patched-reader.ts';

/**
 * Notes which pixels the rescans of a cube have measured.
 * @param measured passes that are complete at each pixel, row-major; written
 */
export function coverByRescans(
  measured: Uint8Array,
  { patches = [], shape }: Pick<CubeLayout, 'patches' | 'shape'>,
): void {
  for (const patch of patches)
    for (const { target, count } of overlap(patch, shape[1], 0, measured.length))
      cover(measured, target, count, RESCAN);
}
