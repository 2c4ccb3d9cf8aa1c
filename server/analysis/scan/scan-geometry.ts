import type { Scan, ScanContext, SubScan } from '../../../protocol/index.ts';

/** A point or a vector, [y, x]; y points down. */
export type Point = readonly [number, number];

/**
 * A grid of pixels in a plane, whose unit is nm or the pixel of another grid. Rotated about its centre, counterclockwise as seen
 * on a picture whose rows run downwards.
 */
export interface PixelGrid {
  /** Rows, columns. */
  shape: readonly [number, number];
  centre: Point;
  /** Height and width along its own axes. */
  size: Point;
  rotationRad: number;
}

/** A rectangle of whole pixels of a grid. */
export interface PixelRectangle {
  y: number;
  x: number;
  height: number;
  width: number;
}

/** A vector turned counterclockwise on the picture: +x goes to −y. */
function turned([y, x]: Point, angle: number): [number, number] {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return [y * cos - x * sin, y * sin + x * cos];
}

/** Where the centre of pixel (row, column) lies; between pixels where they are no whole numbers. */
export function pixelPoint({ shape, centre, size, rotationRad }: PixelGrid, [row, column]: Point): Point {
  const own: Point = [((row + 0.5) / shape[0] - 0.5) * size[0], ((column + 0.5) / shape[1] - 0.5) * size[1]];
  const [y, x] = turned(own, rotationRad);
  return [centre[0] + y, centre[1] + x];
}

/** Inverse of `pixelPoint`: row and column of a point; pixel i reaches from i − 0.5 to i + 0.5. */
export function pixelAt({ shape, centre, size, rotationRad }: PixelGrid, [y, x]: Point): Point {
  const own = turned([y - centre[0], x - centre[1]], -rotationRad);
  return [(own[0] / size[0] + 0.5) * shape[0] - 0.5, (own[1] / size[1] + 0.5) * shape[1] - 0.5];
}

/** The grid of a sub-scan of a grid, with the pixels it is scanned in. */
export function partOf(grid: PixelGrid, sub: SubScan, shape: readonly [number, number]): PixelGrid {
  const offset = turned(
    [(sub.centre[0] - 0.5) * grid.size[0], (sub.centre[1] - 0.5) * grid.size[1]],
    grid.rotationRad,
  );
  return {
    shape,
    centre: [grid.centre[0] + offset[0], grid.centre[1] + offset[1]],
    size: [sub.size[0] * grid.size[0], sub.size[1] * grid.size[1]],
    rotationRad: grid.rotationRad + sub.rotationRad,
  };
}

/**
 * Inverse of `partOf`: a grid as a sub-scan of a context, however many sub-scans lie between them, since a scan generator
 * knows one context and no sub-scan of a sub-scan.
 */
export function subScanOf(context: PixelGrid, part: PixelGrid): SubScan {
  const offset = turned(
    [part.centre[0] - context.centre[0], part.centre[1] - context.centre[1]],
    -context.rotationRad,
  );
  return {
    centre: [0.5 + offset[0] / context.size[0], 0.5 + offset[1] / context.size[1]],
    size: [part.size[0] / context.size[0], part.size[1] / context.size[1]],
    rotationRad: part.rotationRad - context.rotationRad,
  };
}

/** The grid of a rectangle of a grid's pixels, pixel for pixel. */
export function rectangleGrid(grid: PixelGrid, { y, x, height, width }: PixelRectangle): PixelGrid {
  const [rows, columns] = grid.shape;
  const sub: SubScan = {
    centre: [(y + height / 2) / rows, (x + width / 2) / columns],
    size: [height / rows, width / columns],
    rotationRad: 0,
  };
  return partOf(grid, sub, [height, width]);
}

/** Inverse of `rectangleGrid`: the pixels of a grid that a part covers, which is not rotated against it. */
export function coveredRectangle(grid: PixelGrid, part: PixelGrid): PixelRectangle {
  const { centre, size } = subScanOf(grid, part);
  const [rows, columns] = grid.shape;
  return {
    y: whole((centre[0] - size[0] / 2) * rows),
    x: whole((centre[1] - size[1] / 2) * columns),
    height: whole(size[0] * rows),
    width: whole(size[1] * columns),
  };
}

/** Never −0. */
const whole = (value: number): number => Math.round(value) + 0;

/** The context scan's grid, nm. */
export function contextGrid({
  shape,
  fovNm,
  centreNm,
  rotationRad,
}: Omit<ScanContext, 'subscan'>): PixelGrid {
  const pixel = fovNm / Math.max(...shape);
  return { shape, centre: centreNm, size: [shape[0] * pixel, shape[1] * pixel], rotationRad };
}

/** The grid that a scan without a known context is for itself: nm, or pixels where their size is not known. */
export function ownGrid({ shape, pixelSizeNm = 1 }: Pick<Scan, 'shape' | 'pixelSizeNm'>): PixelGrid {
  return {
    shape,
    centre: [0, 0],
    size: [shape[0] * pixelSizeNm, shape[1] * pixelSizeNm],
    rotationRad: 0,
  };
}

/** The grid of a scan, and that of its context: the scan itself where none is known. */
export function scanGrids(scan: Pick<Scan, 'shape' | 'pixelSizeNm' | 'context'>): {
  scan: PixelGrid;
  context: PixelGrid;
} {
  if (!scan.context) {
    const grid = ownGrid(scan);
    return { scan: grid, context: grid };
  }
  const context = contextGrid(scan.context);
  const { subscan } = scan.context;
  return {
    context,
    scan: subscan ? partOf(context, subscan, scan.shape) : { ...context, shape: scan.shape },
  };
}
