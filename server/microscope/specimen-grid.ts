import type { ScanContext } from '../../protocol/index.ts';
import { contextGrid, type PixelGrid } from '../analysis/scan/scan-geometry.ts';

/**
 * Pixels in the field of the instrument, nm, as the specimen has them: in pixels of a context without rotation and offset, from
 * the upper left corner of its field.
 */
export function onSpecimen(field: Pick<ScanContext, 'shape' | 'fovNm'>, grid: PixelGrid): PixelGrid {
  const { size } = contextGrid({ ...field, centreNm: [0, 0], rotationRad: 0 });
  const pixelNm = size[0] / field.shape[0];
  return {
    shape: grid.shape,
    centre: [grid.centre[0] / pixelNm + field.shape[0] / 2, grid.centre[1] / pixelNm + field.shape[1] / 2],
    size: [grid.size[0] / pixelNm, grid.size[1] / pixelNm],
    rotationRad: grid.rotationRad,
  };
}
