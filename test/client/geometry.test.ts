import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classAnchors } from '../../client/geometry/class-anchors.ts';
import type { Affine } from '../../client/geometry/picking.ts';
import { drawnPoint, IDENTITY, nearestPoint, pointBounds } from '../../client/geometry/picking.ts';
import { tileLayout } from '../../client/geometry/tile-layout.ts';
import { lengthLabel, roundedDown, scaleBar } from '../../protocol/scale-bar.ts';

describe('scale bar', () => {
  test('is 1, 2 or 5 times a power of ten, and never longer than asked', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.05, max: 200, noNaN: true }),
        fc.double({ min: 1e-4, max: 1e5, noNaN: true }),
        fc.double({ min: 20, max: 400, noNaN: true }),
        (scale, pixelSizeNm, room) => {
          const bar = scaleBar(scale, pixelSizeNm, room);
          expect(bar).toBeDefined();
          expect(bar?.length).toBeLessThanOrEqual(room * (1 + 1e-9));
          // The next step of 1-2-5 is at most 2.5 times as long.
          expect(bar?.length).toBeGreaterThan(room / 2.5 / (1 + 1e-9));
          expect(bar?.label).toMatch(/^[125]0* (pm|nm|µm|mm)$|^0\.[0-9]+ pm$/);
        },
      ),
    );
  });

  test('changes its unit where a microscopist does', () => {
    expect(lengthLabel(0.5)).toBe('500 pm');
    expect(lengthLabel(2)).toBe('2 nm');
    expect(lengthLabel(500)).toBe('500 nm');
    expect(lengthLabel(1000)).toBe('1 µm');
    expect(scaleBar(4, 2, 150)).toEqual({ length: 100, label: '50 nm' });
  });

  test('counts pixels where their size is not known', () => {
    expect(scaleBar(4, undefined, 150)).toEqual({ length: 80, label: '20 pixels' });
    expect(scaleBar(100, undefined, 150)).toEqual({ length: 100, label: '1 pixel' });
    expect(scaleBar(200, undefined, 150)).toBeUndefined();
    expect(scaleBar(0, 2, 150)).toBeUndefined();
  });

  test('rounds down to a step', () => {
    expect([0.9, 1, 1.9, 2, 4.99, 5, 9.9, 10].map(roundedDown)).toEqual([0.5, 1, 1, 2, 2, 5, 5, 10]);
  });
});

describe('tiles', () => {
  const area = { width: 505, height: 830 };
  const chrome = { width: 20, height: 62 };

  test('keep one column per edge where that costs little', () => {
    expect(tileLayout(12, area, 1, chrome, 122, 3)).toEqual({ columns: 3, rows: 4 });
    expect(tileLayout(4, area, 1, chrome, 122, 1)).toEqual({ columns: 2, rows: 2 });
  });

  test('stack flat scans and set narrow ones side by side', () => {
    expect(tileLayout(6, area, 12, chrome, 122, 3).columns).toBe(1);
    expect(tileLayout(12, area, 6 / 49, chrome, 122, 3).columns).toBe(4);
  });

  test('always hold every map and never fall below the readable width', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 130, max: 2000 }),
        fc.integer({ min: 300, max: 2000 }),
        fc.double({ min: 0.02, max: 50, noNaN: true }),
        (count, width, height, aspect) => {
          const { columns, rows } = tileLayout(count, { width, height }, aspect, chrome, 122, 3);
          expect(columns * rows).toBeGreaterThanOrEqual(count);
          if (columns > 1) expect(width / columns).toBeGreaterThanOrEqual(122);
        },
      ),
    );
  });
});

describe('embedding', () => {
  const turned: Affine = [0, -1, 2, 1, 0, -3];
  const points = new Float32Array([0, 0, 4, 0, Number.NaN, Number.NaN, 4, 3]);
  const placement = { scale: 10, left: 100, top: 100 };

  test('each point is picked where it is drawn, whatever the orientation', () => {
    for (const affine of [IDENTITY, turned])
      for (const pixel of [0, 1, 3]) {
        const [x, y] = drawnPoint(affine, points[2 * pixel], points[2 * pixel + 1]);
        expect(nearestPoint(points, affine, placement, 100 + 10 * x + 2, 100 + 10 * y - 2, 9)).toBe(pixel);
      }
  });

  test('nothing is picked beyond reach, unmeasured or dimmed', () => {
    expect(nearestPoint(points, IDENTITY, placement, 120, 100, 9)).toBeUndefined();
    expect(
      nearestPoint(points, IDENTITY, placement, 100, 100, 9, Uint8Array.of(0, 255, 255, 255)),
    ).toBeUndefined();
  });

  test('bounds leave out what is not measured', () => {
    expect(pointBounds(points, IDENTITY)).toEqual({ minX: 0, maxX: 4, minY: -3, maxY: -0 });
    expect(pointBounds(new Float32Array([Number.NaN, Number.NaN]), IDENTITY)).toBeUndefined();
  });
});

describe('class anchors', () => {
  test('the number stands deepest inside the class', () => {
    const labels = new Int16Array(7 * 9).fill(-1);
    for (let y = 1; y < 6; y++) for (let x = 1; x < 6; x++) labels[9 * y + x] = 4;
    labels[9 * 3 + 8] = 2;
    const anchors = classAnchors(labels, [7, 9]);
    expect(anchors.find(({ label }) => label === 4)).toEqual({ label: 4, pixel: 9 * 3 + 3, depth: 3 });
    expect(anchors.find(({ label }) => label === 2)).toMatchObject({ pixel: 9 * 3 + 8, depth: 1 });
    expect(anchors).toHaveLength(2);
  });

  test('every anchor lies in its class', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 12 })
          .chain((columns) =>
            fc.tuple(
              fc.constant(columns),
              fc.array(fc.integer({ min: -2, max: 3 }), { minLength: columns, maxLength: 120 }),
            ),
          ),
        ([columns, cells]) => {
          const rows = Math.floor(cells.length / columns);
          const labels = Int16Array.from(cells.slice(0, rows * columns));
          const anchors = classAnchors(labels, [rows, columns]);
          expect(new Set(anchors.map(({ label }) => label))).toEqual(
            new Set([...labels].filter((label) => label >= 0)),
          );
          for (const { label, pixel, depth } of anchors) {
            expect(labels[pixel]).toBe(label);
            expect(depth).toBeGreaterThanOrEqual(1);
          }
        },
      ),
    );
  });
});
