import type { PlanRegion } from '../../protocol/index.ts';
import type { ExportedPlan, PlannedScan } from './planned-scan.ts';
import { shortened } from './regions-csv.ts';

/** `serpentine`: odd rows of each region from right to left. */
export type PointOrder = 'raster' | 'serpentine';

/** Pixels of a region in the order in which the beam visits them, [y, x]. */
export function* pixelsOf(
  { y, x, height, width }: Pick<PlanRegion, 'y' | 'x' | 'height' | 'width'>,
  order: PointOrder,
): Generator<[number, number]> {
  for (let row = 0; row < height; row++)
    for (let step = 0; step < width; step++)
      yield [y + row, x + (order === 'serpentine' && row % 2 === 1 ? width - 1 - step : step)];
}

/**
 * `points.csv`: every point to visit, one region after the other, for scan generators that take lists of points. The heading of
 * the first column says the order. Points lie at the centres of pixels; nm run along the axes of the scan from its upper left
 * corner. What is not known is empty.
 */
export function pointsCsv(
  { regions }: ExportedPlan,
  { pixelSizeNm, dwellSeconds }: PlannedScan,
  order: PointOrder = 'raster',
): string {
  const lines = [`step (${order}),region,y (px),x (px),y (nm),x (nm),dwells,dwell (s)\n`];
  let step = 0;
  for (const region of regions) {
    const dwell = shortened(dwellSeconds === undefined ? undefined : dwellSeconds * region.dwells);
    for (const [y, x] of pixelsOf(region, order)) {
      const nm = [y, x].map((pixel) =>
        shortened(pixelSizeNm === undefined ? undefined : (pixel + 0.5) * pixelSizeNm),
      );
      lines.push(`${step++},${region.number},${y},${x},${nm.join()},${region.dwells},${dwell}\n`);
    }
  }
  return lines.join('');
}
