import { smoothDerivative } from './shift-filter.ts';

/** Effect of a pixel-to-pixel shift of the energy axis on net spectra. */
export interface ShiftTraces {
  /** Whether spectra were moved by it: then the detector's fixed pattern shifts instead of the edge. */
  moved: boolean;
  /** Standard deviation of the shifts, features. */
  spread: number;
}

/** From this spread on, features, a shift is more than its first derivative. */
const LINEAR = 0.5;
/** Copies of the pattern by which what a move makes of it is described, to either side. */
const FEWEST_COPIES = 2;
const MOST_COPIES = 6;

/** Features to either side of a parabola: what is narrower is of the channels. */
const REACH = 7;

/** Value at `at` of the parabola through the features around it (Savitzky & Golay, Anal. Chem. 36 (1964) 1627). */
function parabolaAt(values: Float64Array, at: number): number {
  const m = Math.min(REACH, at, values.length - 1 - at);
  const norm = (2 * m + 3) * (2 * m + 1) * (2 * m - 1);
  let sum = 0;
  for (let k = -m; k <= m; k++) sum += 3 * (3 * m * m + 3 * m - 1 - 5 * k * k) * values[at + k];
  return m > 0 ? sum / norm : values[at];
}

/**
 * Spectra along which net spectra differ by shifts alone: derivatives of their mean, and where they were moved, the pattern of the
 * channels at every place it was moved to; cubic interpolation makes mixtures of those.
 * @param mean net spectrum, features
 */
export function shiftDirections(mean: Float64Array, { moved, spread }: ShiftTraces): Float64Array[] {
  const slope = smoothDerivative(mean);
  if (!moved) return spread > LINEAR ? [slope, smoothDerivative(slope)] : [slope];
  const pattern = mean.map((value, i) => value - parabolaAt(mean, i));
  const copies = Math.min(FEWEST_COPIES + Math.floor(2 * spread), MOST_COPIES);
  const directions = [slope];
  for (let by = -copies; by <= copies; by++) directions.push(pattern.map((_, i) => pattern[i + by] ?? 0));
  return directions;
}
