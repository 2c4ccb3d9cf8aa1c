import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Scan, ScanRegion } from '../../../../protocol/index.ts';
import { RecordingFault } from '../../../../server/sessions/recording-fault.ts';
import { dwellsOfRescan, rescanGeometry } from '../../../../server/sources/rescans/rescan-geometry.ts';

const scanOf = (shape: [number, number], changes: Partial<Scan> = {}): Scan => ({
  id: 'parent',
  name: 'parent',
  shape,
  channels: 5,
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
  dtype: 'u16',
  ...changes,
});
const announced = (scan: Scan) => ({ scan, order: 'raster' as const, pass: 0 });

const size = fc.integer({ min: 1, max: 12 });
const place = fc.nat(12);

describe('the geometry of a rescan', () => {
  it('is taken where it lies within its scan with as many pixels along both sides for each of the scan, and nowhere else', () => {
    const property = fc.property(
      fc.tuple(size, size),
      fc.record({ y: place, x: place, height: size, width: size, sum: fc.boolean() }),
      fc.oneof(
        fc.constant(undefined),
        fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
      ),
      fc.integer({ min: 1, max: 3 }),
      (parent, area, other, times) => {
        const region: ScanRegion = { parentId: 'parent', ...area };
        const shape: [number, number] = other ?? [times * area.height, times * area.width];
        const isInside = area.y + area.height <= parent[0] && area.x + area.width <= parent[1];
        const finer = shape[0] / area.height;
        const fits = Number.isInteger(finer) && shape[1] / area.width === finer;
        const judge = () => rescanGeometry(scanOf(parent), announced(scanOf(shape)), region);
        if (isInside && fits) expect(judge()).toEqual({ finer, isAdded: finer === 1 || area.sum });
        else expect(judge).toThrow(RecordingFault);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });

  it('takes an axis that is the same but for rounding, and none that is off by half a channel at its end', () => {
    const region = { parentId: 'parent', y: 0, x: 0, height: 2, width: 2 };
    const judge = (dispersion: number) =>
      rescanGeometry(
        scanOf([4, 4], { channels: 1000 }),
        announced(scanOf([2, 2], { channels: 1000, energy: { offset: 80, dispersion, units: 'eV' } })),
        region,
      );
    expect(judge(0.5 + 1e-6).finer).toBe(1);
    expect(() => judge(0.50025)).toThrow('energy');
  });

  it('has the exposure that was said, else that of the dwell times, of all pixels that are summed', () => {
    const region = { parentId: 'parent', y: 0, x: 0, height: 2, width: 2 };
    const [parent, slow] = [scanOf([4, 4], { dwellSeconds: 0.1 }), scanOf([2, 2], { dwellSeconds: 0.3 })];
    expect(dwellsOfRescan(parent, slow, { ...region, dwells: 2 }, 1)).toBe(2);
    expect(dwellsOfRescan(parent, slow, { ...region, dwells: 2 }, 3)).toBe(2);
    expect(dwellsOfRescan(parent, slow, region, 1)).toBeCloseTo(3);
    expect(dwellsOfRescan(parent, slow, region, 2)).toBeCloseTo(12);
    expect(dwellsOfRescan(scanOf([4, 4]), slow, region, 2)).toBe(4);
  });
});
