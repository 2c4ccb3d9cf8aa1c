import { type Memory, ownMemory, zeros } from '../math/memory.ts';

/** Sufficient statistics of the fit window, one entry per pixel; 0 counts where it is not measured. */
export interface WindowStatistics {
  /** Y = Σ y, Σ y·x and Σ y·x², x = ln E as the fitter counts it. */
  readonly counts: Float64Array;
  readonly weighted: Float64Array;
  readonly squared: Float64Array;
}

/** Empty statistics. */
export const windowStatistics = (pixels: number, memory: Memory = ownMemory): WindowStatistics => ({
  counts: zeros(Float64Array, pixels, memory),
  weighted: zeros(Float64Array, pixels, memory),
  squared: zeros(Float64Array, pixels, memory),
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
