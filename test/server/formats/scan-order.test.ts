import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  pixelOfRecord,
  pixelRangesOfRecords,
  recordCount,
  recordIndexOfPixel,
  type ScanOrder,
} from '../../../server/formats/scan-order.ts';

const scans: fc.Arbitrary<ScanOrder> = fc.record({
  shape: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
  order: fc.constantFrom('raster' as const, 'serpentine' as const),
  flybackColumns: fc.integer({ min: 0, max: 3 }),
});

it('runs odd rows backwards and leaves the fly-back out', () => {
  const scan: ScanOrder = { shape: [3, 3], order: 'serpentine', flybackColumns: 1 };
  const pixels = Array.from({ length: recordCount(scan) }, (_, record) => pixelOfRecord(scan, record));
  expect(pixels).toEqual([0, 1, 2, undefined, 5, 4, 3, undefined, 6, 7, 8, undefined]);
});

it('finds the record of every pixel and the pixel of every record', () => {
  fc.assert(
    fc.property(scans, (scan) => {
      const records = new Set<number>();
      for (let pixel = 0; pixel < scan.shape[0] * scan.shape[1]; pixel++) {
        const record = recordIndexOfPixel(scan, pixel);
        expect(pixelOfRecord(scan, record)).toBe(pixel);
        records.add(record);
      }
      for (let record = -2; record < recordCount(scan) + 3; record++)
        if (!records.has(record)) expect(pixelOfRecord(scan, record)).toBeUndefined();
    }),
  );
});

it('gives the pixels of a run of records as disjoint ranges that no neighbour extends', () => {
  fc.assert(
    fc.property(scans, fc.nat(120), fc.nat(120), (scan, one, other) => {
      const [first, end] = [Math.min(one, other), Math.max(one, other)];
      const expected = [];
      for (let record = first; record < end; record++) expected.push(pixelOfRecord(scan, record));
      const ranges = pixelRangesOfRecords(scan, first, end);
      const pixels = ranges.flatMap((range) =>
        Array.from({ length: range.count }, (_, i) => range.first + i),
      );
      expect(pixels).toEqual(expected.filter((pixel) => pixel !== undefined).sort((a, b) => a - b));
      for (let i = 1; i < ranges.length; i++)
        expect(ranges[i].first).toBeGreaterThan(ranges[i - 1].first + ranges[i - 1].count);
    }),
  );
});
