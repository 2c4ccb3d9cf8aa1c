import { expect, test } from 'vitest';
import { isSameOnCanvas, scannedPart } from '../../client/model/maps/scanned-part.ts';
import type { Progress } from '../../protocol/index.ts';

const progress = (spectra: number, nextPixel: number, status: Progress['status'] = 'live'): Progress => ({
  type: 'progress',
  epoch: 1,
  status,
  spectra,
  total: 32,
  nextPixel,
  elapsedSeconds: 1,
  newestAt: 0,
  sentAt: 0,
  backlog: 0,
});

test('the scanned row is that of the pass that runs, and rows of an earlier pass stay scanned', () => {
  const shape = [4, 4] as const;
  expect(scannedPart(progress(6, 6), shape)).toEqual({ scanRow: 1, nextPixel: 6, scannedRows: 2 });
  expect(scannedPart(progress(22, 6), shape)).toEqual({ scanRow: 1, nextPixel: 6, scannedRows: 4 });
  expect(scannedPart(progress(16, 16, 'complete'), shape)).toMatchObject({
    scanRow: undefined,
    scannedRows: 4,
  });
  expect(scannedPart(undefined, shape).scannedRows).toBe(0);
});

test('parts look alike while a map has no room to show the difference', () => {
  const shape = [512, 512] as const;
  const at = (row: number) => scannedPart(progress(512 * row, 512 * row), shape);
  expect(isSameOnCanvas(at(100), at(102), shape, 0.3)).toBe(true);
  expect(isSameOnCanvas(at(100), at(104), shape, 0.3)).toBe(false);
  expect(isSameOnCanvas(at(100), at(101), shape, 1)).toBe(false);
  // The end is seen, however little is missing before it.
  expect(isSameOnCanvas(at(511), at(512), shape, 0.3)).toBe(false);
});
