import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contextGrid,
  coveredRectangle,
  type PixelGrid,
  partOf,
  pixelAt,
  pixelPoint,
  rectangleGrid,
  scanGrids,
  subScanOf,
} from '../../../../server/analysis/scan/scan-geometry.ts';

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const grids: fc.Arbitrary<PixelGrid> = fc.record({
  shape: fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 })),
  centre: fc.tuple(between(-100, 100), between(-100, 100)),
  size: fc.tuple(between(1, 1000), between(1, 1000)),
  rotationRad: between(-3.2, 3.2),
});
const parts = fc.record({
  centre: fc.tuple(between(0, 1), between(0, 1)),
  size: fc.tuple(between(0.01, 1), between(0.01, 1)),
  rotationRad: between(-3.2, 3.2),
});

describe('pixels of a scan', () => {
  it('lie where a drawing says', () => {
    const field = contextGrid({ shape: [4, 8], fovNm: 80, centreNm: [100, 200], rotationRad: 0 });
    expect(field.size).toEqual([40, 80]);
    expect(pixelPoint(field, [0, 0])).toEqual([85, 165]);
    expect(pixelPoint(field, [3, 7])).toEqual([115, 235]);
    // A quarter turn counterclockwise: what was to the right is now above.
    const turned = { ...field, rotationRad: Math.PI / 2 };
    const [y, x] = pixelPoint(turned, [1.5, 7]);
    expect(y).toBeCloseTo(100 - 35, 9);
    expect(x).toBeCloseTo(200, 9);
  });

  it('are found again where they lie', () => {
    fc.assert(
      fc.property(grids, fc.tuple(between(-5, 205), between(-5, 205)), (grid, pixel) => {
        const [row, column] = pixelAt(grid, pixelPoint(grid, pixel));
        expect(row).toBeCloseTo(pixel[0], 6);
        expect(column).toBeCloseTo(pixel[1], 6);
      }),
    );
  });
});

describe('a sub-scan', () => {
  it('of a sub-scan is one sub-scan of the context', () => {
    fc.assert(
      fc.property(
        grids,
        parts,
        parts,
        between(0, 1),
        between(0, 1),
        (context, outer, inner, down, across) => {
          const middle = partOf(context, outer, [40, 30]);
          const innermost = partOf(middle, inner, [20, 10]);
          const flat = partOf(context, subScanOf(context, innermost), [20, 10]);
          const pixel = [down * 20, across * 10] as const;
          const [y, x] = pixelPoint(flat, pixel);
          const [wantedY, wantedX] = pixelPoint(innermost, pixel);
          expect(y).toBeCloseTo(wantedY, 6);
          expect(x).toBeCloseTo(wantedX, 6);
        },
      ),
    );
  });

  it('of a rectangle has its pixels, and gives the rectangle back', () => {
    const cases = grids.chain((grid) =>
      fc.tuple(fc.nat(grid.shape[0] - 1), fc.nat(grid.shape[1] - 1)).chain(([y, x]) =>
        fc.record({
          grid: fc.constant(grid),
          y: fc.constant(y),
          x: fc.constant(x),
          height: fc.integer({ min: 1, max: grid.shape[0] - y }),
          width: fc.integer({ min: 1, max: grid.shape[1] - x }),
        }),
      ),
    );
    fc.assert(
      fc.property(cases, ({ grid, ...rectangle }) => {
        const part = rectangleGrid(grid, rectangle);
        for (const [row, column] of [
          [0, 0],
          [rectangle.height - 1, rectangle.width - 1],
        ] as const) {
          const [y, x] = pixelPoint(part, [row, column]);
          const [wantedY, wantedX] = pixelPoint(grid, [rectangle.y + row, rectangle.x + column]);
          expect(y).toBeCloseTo(wantedY, 6);
          expect(x).toBeCloseTo(wantedX, 6);
        }
        expect(coveredRectangle(grid, part)).toEqual(rectangle);
      }),
    );
  });

  it('is read from the description of a scan', () => {
    const { scan, context } = scanGrids({
      shape: [10, 20],
      context: {
        shape: [100, 100],
        fovNm: 200,
        centreNm: [0, 0],
        rotationRad: 0,
        subscan: { centre: [0.25, 0.5], size: [0.1, 0.2], rotationRad: 0 },
      },
    });
    expect(context.size).toEqual([200, 200]);
    expect(scan).toEqual({ shape: [10, 20], centre: [-50, 0], size: [20, 40], rotationRad: 0 });
  });
});
