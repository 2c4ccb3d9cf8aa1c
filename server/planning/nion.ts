import type { PlanRegion } from '../../protocol/index.ts';
import { rectangleGrid, scanGrids, subScanOf } from '../analysis/scan/scan-geometry.ts';
import type { ExportedPlan, PlannedScan } from './planned-scan.ts';

/** Fields of Nion Swift's scan parameters; all pairs are [y, x] or [height, width]. */
export interface NionScanParameters {
  /** Pixels of the context scan. */
  pixel_size: [number, number];
  /** Left out where it is not known: the context scan's own holds. */
  fov_nm?: number;
  center_nm?: [number, number];
  rotation_rad?: number;
  pixel_time_us?: number;
  subscan_fractional_center: [number, number];
  subscan_fractional_size: [number, number];
  subscan_pixel_size: [number, number];
  /** Against the context scan, counterclockwise. */
  subscan_rotation: number;
}

const HOW = [
  'Each entry of "regions" is one sub-scan of the context scan. Nothing runs by itself: a person runs them, one after the other.',
  'In Nion Swift, with the context scan on show: take the frame parameters of the scan device, set every field of',
  '"parameters" on them (fields that are missing stay as they are), and acquire synchronised with the EELS camera.',
  'Where pixel_time_us is missing, it is "dwells" times that of the first pass; the exposure of the camera goes with it.',
  'Field names and conventions were read in the source of nionswift-instrumentation-kit and were not tried on a',
  'microscope: compare the first sub-scan with its place on the survey image before you spend dose on the others.',
];

/** `nion.json`: every region as a sub-scan of the context scan. */
export function nionText({ number, status, regions }: ExportedPlan, scan: PlannedScan): string {
  const content = {
    version: 1,
    program: 'eelwatch',
    how: HOW,
    scan: { id: scan.id, name: scan.name, shape: scan.shape },
    context: scan.context ? 'as the producer of the scan described it' : 'the scan itself',
    ...(number !== undefined && { plan: number }),
    status,
    regions: regions.map((region) => ({
      number: region.number,
      dwells: region.dwells,
      ...(region.seconds !== undefined && { seconds: region.seconds }),
      gain: region.gain,
      reason: region.reason,
      parameters: nionParameters(region, scan),
    })),
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/** The sub-scan of a region. */
export function nionParameters(
  region: Pick<PlanRegion, 'y' | 'x' | 'height' | 'width' | 'dwells'>,
  scan: PlannedScan,
): NionScanParameters {
  const { context, pixelSizeNm, dwellSeconds } = scan;
  const grids = scanGrids(scan);
  const { centre, size, rotationRad } = subScanOf(grids.context, rectangleGrid(grids.scan, region));
  const longerSideNm = pixelSizeNm !== undefined ? Math.max(...scan.shape) * pixelSizeNm : undefined;
  const fovNm = context ? context.fovNm : longerSideNm;
  return {
    pixel_size: context ? context.shape : scan.shape,
    ...(fovNm !== undefined && { fov_nm: fovNm }),
    ...(context && { center_nm: context.centreNm, rotation_rad: context.rotationRad }),
    ...(dwellSeconds !== undefined && { pixel_time_us: 1e6 * dwellSeconds * region.dwells }),
    subscan_fractional_center: centre,
    subscan_fractional_size: size,
    subscan_pixel_size: [region.height, region.width],
    subscan_rotation: rotationRad,
  };
}
