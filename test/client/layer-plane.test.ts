import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LayerPlane } from '../../client/model/maps/layer-plane.ts';
import { percentileDomain } from '../../protocol/domain.ts';
import type { Layer } from '../../protocol/index.ts';

const COUNTS: Layer = { id: 0, kind: 'counts', name: 'Counts', units: '', dtype: 'f32', components: 1 };

function write(plane: LayerPlane, firstRow: number, data: Float32Array): void {
  const { columns } = plane;
  const rows = data.length / columns;
  plane.write({ epoch: 1, layer: 0, revision: 0, firstRow, rows, columns, components: 1, data });
}

/** Rows of 0, 1, 2 … with NaN where a bit of `gaps` is set. */
function filled(columns: number, gaps: readonly boolean[]): LayerPlane {
  const plane = new LayerPlane(COUNTS, [gaps.length / columns, columns]);
  write(
    plane,
    0,
    Float32Array.from(gaps, (gap, i) => (gap ? Number.NaN : i)),
  );
  return plane;
}

const scans = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, columns]) =>
    fc.tuple(
      fc.constant(columns),
      fc.array(fc.boolean(), { minLength: rows * columns, maxLength: rows * columns }),
    ),
  );

describe('sample', () => {
  test('takes every so manieth measured pixel in order, whatever the gaps', () => {
    fc.assert(
      fc.property(scans, fc.integer({ min: 1, max: 30 }), ([columns, gaps], most) => {
        const plane = filled(columns, gaps);
        const measured = [...plane.data].filter((value) => !Number.isNaN(value));
        const stride = Math.max(1, Math.ceil(measured.length / most));
        expect([...plane.sample(most)]).toEqual(measured.filter((_, i) => i % stride === 0));
      }),
    );
  });

  test('of a large map gives nearly the same limits', () => {
    const plane = new LayerPlane(COUNTS, [512, 512]);
    write(
      plane,
      0,
      Float32Array.from({ length: 262_144 }, (_, i) => Math.sin(i * 12.9898) * 50),
    );
    const all = percentileDomain(plane.data) ?? [0, 0];
    const sampled = percentileDomain(plane.sample(4096)) ?? [0, 0];
    expect(Math.abs(all[0] - sampled[0])).toBeLessThan(0.5);
    expect(Math.abs(all[1] - sampled[1])).toBeLessThan(0.5);
  });
});

describe('gaps', () => {
  test('are counted up to the row of the newest measured pixel, or to the end when the scan is over', () => {
    fc.assert(
      fc.property(scans, ([columns, gaps]) => {
        const plane = filled(columns, gaps);
        const newest = gaps.lastIndexOf(false);
        const before = Math.max(0, Math.floor(newest / columns)) * columns;
        expect(plane.missing(false)).toBe(gaps.slice(0, before).filter((gap) => gap).length);
        expect(plane.missing(true)).toBe(gaps.filter((gap) => gap).length);
        expect(plane.measured).toBe(gaps.filter((gap) => !gap).length);
      }),
    );
  });

  test('close when a row is written again', () => {
    const plane = filled(2, [false, true, false, false, false, false]);
    expect(plane.missing(false)).toBe(1);
    write(plane, 0, new Float32Array([1, 2]));
    expect(plane.missing(false)).toBe(0);
    expect(plane.measured).toBe(6);
  });
});

test('percent is 0 only of nothing and 100 only of everything', () => {
  const plane = new LayerPlane(COUNTS, [40, 40]);
  expect(plane.percent.value).toBe(0);
  write(plane, 0, new Float32Array(40).fill(Number.NaN).fill(1, 0, 1));
  expect(plane.percent.value).toBe(1);
  write(plane, 0, new Float32Array(39 * 40));
  expect(plane.percent.value).toBeLessThan(100);
  write(plane, 39, new Float32Array(40));
  expect(plane.percent.value).toBe(100);
});
