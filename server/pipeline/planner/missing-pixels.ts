import { PIXEL_FAULT } from '../survey/pixel-faults.ts';

/**
 * Pixels to be measured again for what is missing of them. While a scan runs pixels count as lost once rows behind them
 * are measured: a producer may send them yet. In the end all that are not measured do.
 * @param exposure 0 where not measured
 * @param faults what is wrong with the samples of pixels that are measured
 * @returns `PIXEL_FAULT` of each pixel, 0 where nothing is missing
 */
export function missingPixels(
  exposure: Float32Array,
  faults: Uint8Array,
  [rows, columns]: readonly [number, number],
  ended: boolean,
): Uint8Array {
  const newest = exposure.findLastIndex((dwells) => dwells > 0);
  const due = ended ? rows * columns : Math.floor(Math.max(newest, 0) / columns) * columns;
  return Uint8Array.from(exposure, (dwells, pixel) => {
    if (dwells > 0) return faults[pixel];
    return pixel < due ? PIXEL_FAULT.lost : 0;
  });
}

/**
 * Dwells that are still to come to each pixel in the passes under way.
 * @returns undefined in the first pass: nothing is exposed further before it is over
 */
export function remainingDwells(exposure: Float32Array, passes: number): Float32Array | undefined {
  if (passes < 2 || exposure.some((dwells) => dwells === 0)) return undefined;
  const remaining = exposure.map((dwells) => Math.max(0, passes - dwells));
  return remaining.some((dwells) => dwells > 0) ? remaining : undefined;
}
