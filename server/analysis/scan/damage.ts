import { chiSquaredSurvival } from '../math/chi-squared.ts';

/** Relative errors of registration and calibration: smaller differences are not significant. */
const SYSTEMATIC = 0.005;
/** χ² per degree of freedom above which a class has changed … */
const WORTH_A_WARNING = 2;
/** … and the chance of that without a change, for all classes together. */
const FALSE_ALARM = 0.01;
/** Least counts per channel for χ². */
const LEAST_COUNTS = 5;

/** Spectra of one class of an edge, early and late, over the same pixels: sums by channel. */
export interface ExposureSums {
  /** Counts of the later exposures. */
  later: Float64Array;
  /** Counts of the first, scaled pixel by pixel to the exposure of the later ones. */
  first: Float64Array;
  /** The same, of squared scales: what of the first exposure's counts is variance. */
  firstVariance: Float64Array;
}

export interface NoiseOfSums {
  /** Variance over mean of a channel. */
  gain: number;
  /** Correlation of channels 1, 2, … apart. */
  correlation: readonly number[];
}

/** How the spectrum of a class differs between two exposures. */
export interface SpectrumChange {
  /** χ² per degree of freedom of the difference, without a common factor and a shift of the axis. */
  chiSquared: number;
  /** Probability of as much without a change. */
  pValue: number;
  /** Later over first counts, all channels together. */
  factor: number;
  /** Channels by which the later spectrum lies above the first. */
  shift: number;
  /** Channel (of the span) where it differs most, in standard deviations of a smoothed difference; and by how much of the spectrum there. */
  channel: number;
  relative: number;
  /**
   * Later less first spectrum, without the common factor and the shift, in counts of the later exposures; 0 for bad
   * channels.
   */
  difference: Float64Array;
}

/** Half-width, in channels, over which the largest difference is searched. */
const SMOOTHED = 3;

/**
 * Compares the spectrum of the same pixels early and late. A common factor (beam current, dwell time) and a shift
 * (drift of the axis) are no change of the specimen: both are fitted, weighted by the noise, and removed.
 * @param 1 for channels to leave out
 * @returns undefined where there are too few counts, or channels
 */
export function spectrumChange(
  { later, first, firstVariance }: ExposureSums,
  bad: ArrayLike<number>,
  { gain, correlation }: NoiseOfSums,
): SpectrumChange | undefined {
  const n = later.length;
  const used: number[] = [];
  for (let i = 1; i + 1 < n; i++)
    if (!bad[i] && !bad[i - 1] && !bad[i + 1] && later[i] >= LEAST_COUNTS && first[i] >= LEAST_COUNTS)
      used.push(i);
  if (used.length < 8) return undefined;
  const slope = (i: number) => (first[i + 1] - first[i - 1]) / 2;
  // later = a · first + b · first′; a first guess of a serves the variances.
  let a = used.reduce((sum, i) => sum + later[i], 0) / used.reduce((sum, i) => sum + first[i], 0);
  let b = 0;
  const variance = new Float64Array(n);
  for (let step = 0; step < 2; step++) {
    let [ff, fs, ss, lf, ls] = [0, 0, 0, 0, 0];
    for (const i of used) {
      variance[i] = gain * (later[i] + a * a * firstVariance[i]) + (SYSTEMATIC * later[i]) ** 2;
      const weight = 1 / variance[i];
      const s = slope(i);
      ff += weight * first[i] * first[i];
      fs += weight * first[i] * s;
      ss += weight * s * s;
      lf += weight * later[i] * first[i];
      ls += weight * later[i] * s;
    }
    const determinant = ff * ss - fs * fs;
    if (!(determinant > 0)) return undefined;
    a = (lf * ss - ls * fs) / determinant;
    b = (ls * ff - lf * fs) / determinant;
  }
  const difference = new Float64Array(n);
  let chi = 0;
  for (const i of used) {
    difference[i] = later[i] - a * first[i] - b * slope(i);
    chi += difference[i] ** 2 / variance[i];
  }
  const freedom = used.length - 2;
  // Effective number of independent channels (Satterthwaite).
  const independent = freedom / (1 + 2 * correlation.reduce((sum, r) => sum + r * r, 0));
  const { channel, relative } = largest(difference, variance, later, used);
  return {
    chiSquared: chi / freedom,
    pValue: chiSquaredSurvival((chi / freedom) * independent, Math.max(1, Math.round(independent))),
    factor: a,
    // The derivative of the first, times −shift, is what a shift upwards adds.
    shift: -b / a,
    channel,
    relative,
    difference,
  };
}

function largest(
  difference: Float64Array,
  variance: Float64Array,
  later: Float64Array,
  used: readonly number[],
) {
  let [channel, relative, most] = [used[0], 0, 0];
  for (const middle of used) {
    let [sum, squares, counts] = [0, 0, 0];
    for (
      let i = Math.max(0, middle - SMOOTHED);
      i <= Math.min(difference.length - 1, middle + SMOOTHED);
      i++
    ) {
      if (variance[i] === 0) continue;
      sum += difference[i];
      squares += variance[i];
      counts += later[i];
    }
    const significance = Math.abs(sum) / Math.sqrt(squares);
    if (significance <= most) continue;
    most = significance;
    channel = middle;
    relative = sum / counts;
  }
  return { channel, relative };
}

/** Whether a class has changed: by more than noise, and by enough to matter, were so many classes looked at. */
export const isDamaged = (
  { chiSquared, pValue }: Pick<SpectrumChange, 'chiSquared' | 'pValue'>,
  classes: number,
): boolean => chiSquared > WORTH_A_WARNING && pValue < FALSE_ALARM / Math.max(classes, 1);

/** How much of the change there is at some cumulative dose. */
export interface DosePoint {
  /** Exposure up to the middle of this one, in dwells of the first pass, mean over the pixels. */
  dose: number;
  /** Counts of the signal window per unit of exposure, as a share of those of the first exposure of the same pixels. */
  signal: number;
  /** Its standard deviation. */
  sigma: number;
}

/** Weighted straight line through the points: change of the signal per unit of dose, with its standard deviation; undefined for fewer than two doses. */
export function doseTrend(points: readonly DosePoint[]): { slope: number; sigma: number } | undefined {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0];
  for (const { dose, signal, sigma } of points) {
    if (!(sigma > 0)) continue;
    const weight = 1 / (sigma * sigma);
    w += weight;
    wx += weight * dose;
    wy += weight * signal;
    wxx += weight * dose * dose;
    wxy += weight * dose * signal;
  }
  const determinant = w * wxx - wx * wx;
  if (!(determinant > 1e-12 * w * wxx)) return undefined;
  return { slope: (w * wxy - wx * wy) / determinant, sigma: Math.sqrt(w / determinant) };
}
