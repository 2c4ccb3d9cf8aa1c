import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { movedPixel, pixelAt, rowHeight, scanBox } from '../../client/geometry/scan-box.ts';
import type { Box, Size, Viewport } from '../../client/geometry/viewport.ts';
import {
  clamped,
  fitScale,
  fitted,
  MAX_ZOOM,
  panned,
  placementOf,
  viewFromWorld,
  visiblePart,
  worldFromView,
  zoomedAt,
} from '../../client/geometry/viewport.ts';

const size = fc.record({
  width: fc.integer({ min: 20, max: 2000 }),
  height: fc.integer({ min: 20, max: 2000 }),
});
const shape = fc.tuple(fc.integer({ min: 2, max: 600 }), fc.integer({ min: 1, max: 600 }));
const share = fc.double({ min: 0, max: 1, noNaN: true });
const zoom = fc.double({ min: 1, max: MAX_ZOOM, noNaN: true });

const viewportIn = (box: Box, x: number, y: number, zoom: number): Viewport => ({
  centreX: box.x + x * box.width,
  centreY: box.y + y * box.height,
  zoom,
});

describe('viewport', () => {
  test('the whole scan fits, touches two borders and is centred', () => {
    fc.assert(
      fc.property(shape, size, (scan, view) => {
        const box = scanBox(scan);
        const { scale, left, top } = placementOf(fitted(box), box, view);
        const right = left + box.width * scale;
        const bottom = top + box.height * scale;
        expect(left).toBeCloseTo(view.width - right, 6);
        expect(top).toBeCloseTo(view.height - bottom, 6);
        expect(Math.min(left, top)).toBeCloseTo(0, 6);
      }),
    );
  });

  test('world and view are inverse to each other', () => {
    fc.assert(
      fc.property(shape, size, share, share, zoom, (scan, view, x, y, z) => {
        const box = scanBox(scan);
        const placement = placementOf(viewportIn(box, x, y, z), box, view);
        const [worldX, worldY] = worldFromView(placement, 17, 33);
        const [viewX, viewY] = viewFromWorld(placement, worldX, worldY);
        expect(viewX).toBeCloseTo(17, 6);
        expect(viewY).toBeCloseTo(33, 6);
      }),
    );
  });

  test('zooming keeps the point under the pointer, where the border allows', () => {
    const box: Box = { x: 0, y: 0, width: 100, height: 100 };
    const view: Size = { width: 500, height: 500 };
    const before = zoomedAt(fitted(box), box, view, 4);
    const world = worldFromView(placementOf(before, box, view), 300, 220);
    const after = zoomedAt(before, box, view, 1.7, 300, 220);
    const [x, y] = viewFromWorld(placementOf(after, box, view), ...world);
    expect(x).toBeCloseTo(300, 6);
    expect(y).toBeCloseTo(220, 6);
  });

  test('nothing pulls the scan out of the view, and zoom stays within its limits', () => {
    fc.assert(
      fc.property(
        shape,
        size,
        share,
        share,
        zoom,
        fc.double({ min: -5000, max: 5000, noNaN: true }),
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        (scan, view, x, y, z, drag, factor) => {
          const box = scanBox(scan);
          for (const moved of [
            panned(viewportIn(box, x, y, z), box, view, drag, -drag),
            zoomedAt(viewportIn(box, x, y, z), box, view, factor, 3, 4),
          ]) {
            expect(moved.zoom).toBeGreaterThanOrEqual(1);
            expect(moved.zoom).toBeLessThanOrEqual(MAX_ZOOM);
            const { scale, left, top } = placementOf(moved, box, view);
            const [right, bottom] = [left + box.width * scale, top + box.height * scale];
            const tolerance = 1e-6 * Math.max(right - left, bottom - top, 1);
            if (right - left > view.width) {
              expect(left).toBeLessThanOrEqual(tolerance);
              expect(right).toBeGreaterThanOrEqual(view.width - tolerance);
            } else expect(left).toBeCloseTo(view.width - right, 4);
            if (bottom - top > view.height) expect(top).toBeLessThanOrEqual(tolerance);
            else expect(top).toBeCloseTo(view.height - bottom, 4);
          }
        },
      ),
    );
  });

  test('the visible part is what lies in the view', () => {
    const box: Box = { x: 0, y: 0, width: 100, height: 50 };
    const view: Size = { width: 200, height: 200 };
    expect(visiblePart(placementOf(fitted(box), box, view), box, view)).toEqual(box);
    const part = visiblePart(placementOf({ centreX: 50, centreY: 25, zoom: 4 }, box, view), box, view);
    expect(part).toEqual({ x: 37.5, y: 12.5, width: 25, height: 25 });
    expect(visiblePart({ scale: 1, left: 500, top: 0 }, box, view)).toBeUndefined();
  });

  test('a viewport that a smaller view shares is clamped for that view alone', () => {
    const box: Box = { x: 0, y: 0, width: 100, height: 100 };
    const shared: Viewport = { centreX: 5, centreY: 5, zoom: 2 };
    expect(clamped(shared, box, { width: 100, height: 100 })).toEqual({ centreX: 25, centreY: 25, zoom: 2 });
    expect(fitScale(box, { width: 50, height: 200 })).toBe(0.5);
  });
});

describe('picking', () => {
  test('the middle of each drawn pixel picks that pixel', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
        size,
        zoom,
        fc.nat(),
        (scan, view, z, seed) => {
          const box = scanBox(scan);
          const pixel = seed % (scan[0] * scan[1]);
          const x = (pixel % scan[1]) + 0.5;
          const y = (Math.floor(pixel / scan[1]) + 0.5) * rowHeight(scan);
          const placement = placementOf({ centreX: x, centreY: y, zoom: z }, box, view);
          expect(pixelAt(placement, scan, ...viewFromWorld(placement, x, y))).toBe(pixel);
        },
      ),
    );
  });

  test('beside the scan there is no pixel', () => {
    const placement = { scale: 2, left: 10, top: 10 };
    expect(pixelAt(placement, [5, 5], 9, 15)).toBeUndefined();
    expect(pixelAt(placement, [5, 5], 20.5, 15)).toBeUndefined();
    expect(pixelAt(placement, [5, 5], 15, 20.1)).toBeUndefined();
    expect(pixelAt(placement, [5, 5], 10, 10)).toBe(0);
    expect(pixelAt(placement, [5, 5], 19.9, 19.9)).toBe(24);
  });

  test('a step never leaves the scan or changes the row by accident', () => {
    expect(movedPixel(4, [3, 5], 1, 0)).toBe(4);
    expect(movedPixel(5, [3, 5], -1, 0)).toBe(5);
    expect(movedPixel(7, [3, 5], 1, 1)).toBe(13);
    expect(movedPixel(7, [3, 5], 10, 10)).toBe(14);
  });

  test('only a scan of one row is drawn higher than its pixels', () => {
    expect(rowHeight([2, 600])).toBe(25);
    expect(rowHeight([8, 512])).toBe(5);
    expect(rowHeight([512, 8])).toBe(1 / 5);
    expect(rowHeight([49, 6])).toBe(1);
    expect(rowHeight([1, 240])).toBe(20);
    expect(rowHeight([1, 5])).toBe(1);
  });
});
