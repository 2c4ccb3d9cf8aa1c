import { sharedRoom } from './shared-room.ts';

/** Sufficient statistics of the fit window, one entry per pixel; 0 counts where it is not measured. */
export interface WindowStatistics {
  /** Y = Σ y, Σ y·x and Σ y·x², x = ln E as the fitter counts it. */
  readonly counts: Float64Array;
  readonly weighted: Float64Array;
  readonly squared: Float64Array;
}

/** Of no pixel yet, in memory that threads share. */
export const windowStatistics = (pixels: number): WindowStatistics => ({
  counts: sharedRoom(Float64Array, pixels),
  weighted: sharedRoom(Float64Array, pixels),
  squared: sharedRoom(Float64Array, pixels),
});

/** Notes the moments of spectrum `row` of a block, if they are finite. */
export function noteMoments(
  { counts, weighted, squared }: WindowStatistics,
  pixel: number,
  moments: Float64Array,
  row: number,
): void {
  const sum = moments[3 * row];
  if (!Number.isFinite(sum)) return;
  counts[pixel] = sum;
  weighted[pixel] = moments[3 * row + 1];
  squared[pixel] = moments[3 * row + 2];
}
