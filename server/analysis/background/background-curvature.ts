import { LuDecomposition, Matrix } from 'ml-matrix';
import { median, middleOf } from '../math/median.ts';
import type { EdgeWindow } from '../windows/edge-window.ts';
import { levelOf } from './detector-level.ts';
import { learnExponents } from './exponent-prior.ts';
import { type ExponentPrior, PowerLawFitter } from './power-law.ts';
import type { WindowStatistics } from './window-statistics.ts';

/** Deviations from which a curvature is believed. */
const CERTAIN = 3;
/** Pixels that deviate more are outliers (an x-ray in the fit window). */
const OUTLIER_DEVIATIONS = 10;
const FEWEST_PIXELS = 16;
/** Median of the square of a normal deviate; larger squares are outliers. */
const MEDIAN_SQUARE = 0.455;
const OUTLYING = 25;
/** Uncertainty of the gain; it enters when the noise of each pixel's own exponent is subtracted. */
const GAIN_UNCERTAINTY = 0.02;
/** Upper limit of the curvature, beyond plural scattering. */
const MOST = 3;

/** How the backgrounds of a scan bend: A·E^−r·exp(value·(ln E − pivot)²). */
export interface Curvature {
  /** Curvature to use: 0 unless it is significant and upwards. */
  value: number;
  /** Estimate, and its standard deviation. */
  found: number;
  deviation: number;
}

/** Moments of the model over the fit window. */
interface Bend {
  mean: number;
  /** Variance of x, and residual variance of x² about a straight line in x: ∂variance/∂c at fixed mean. */
  variance: number;
  slope: number;
}

/**
 * Curvature of ln b over ln E that all pixels of a scan share, by Poisson likelihood with every pixel's exponent
 * fitted: the mean over pixels of the variance of x within a pixel's counts, minus the noise absorbed by the fit of its
 * own mean (g·s²/Y), equals the model's. Sums of falling laws, losses after plasmons among them, bend upwards; a
 * downward bend is no smooth background (a plasmon multiple, the tail of fine structure) and extrapolating it would be
 * far off: then the law stays a power law. The deviation is that of counting and of the gain, times how badly the
 * pooled spectrum fits a parabola, so that a fixed pattern of the detector is not taken for a curvature.
 * @param fitter without curvature
 * @param exponents of the scan as this fitter sees them
 * @param gain variance over mean of the counts
 * @param pooled sums of the channels of the span over the pixels
 */
export function learnCurvature(
  fitter: PowerLawFitter,
  { counts, weighted, squared }: WindowStatistics,
  exponents: ExponentPrior,
  gain: number,
  pooled: Float64Array,
): Curvature | undefined {
  const start = bend(fitter, exponents.mean, 0);
  const within = (p: number) => squared[p] / counts[p] - (weighted[p] / counts[p]) ** 2;
  const { levels } = exponents;
  const belongs = (p: number) =>
    counts[p] > 0 && !(levels && levelOf(levels, counts[p], weighted[p] / counts[p]));
  let n = 0;
  for (let p = 0; p < counts.length; p++) if (belongs(p)) n++;
  if (n < FEWEST_PIXELS || !(start.slope > 0)) return undefined;
  const deviations = new Float64Array(n);
  for (let p = 0, i = 0; p < counts.length; p++) {
    if (!belongs(p)) continue;
    const expected = start.variance * (1 - gain / counts[p]);
    deviations[i++] = (within(p) - expected) / Math.sqrt((gain * start.slope) / counts[p]);
  }
  const { middle, scatter } = middleOf(deviations);
  const limit = OUTLIER_DEVIATIONS * Math.max(1, scatter);
  let total = 0;
  let sum = 0;
  let sound = 0;
  for (let p = 0, i = 0; p < counts.length; p++) {
    if (!belongs(p) || Math.abs(deviations[i++] - middle) > limit) continue;
    total += counts[p];
    sum += counts[p] * within(p);
    sound++;
  }
  const own = (sound * gain) / total;
  const target = sum / total;
  const spread = Math.sqrt(3 * exponents.variance);
  let found = 0;
  for (let round = 0; round < 8; round++) {
    // Gauss–Hermite over the scan's exponents; the exponent at given mean moves with the curvature.
    let variance = 0;
    let slope = 0;
    for (const [step, weight] of [
      [0, 2 / 3],
      [-spread, 1 / 6],
      [spread, 1 / 6],
    ]) {
      const at = bend(fitter, exponents.mean + step, found);
      variance += weight * at.variance;
      slope += weight * at.slope;
    }
    const missing = target - variance * (1 - own);
    found += missing / slope;
    if (Math.abs(missing / slope) < 1e-6) break;
  }
  if (!Number.isFinite(found)) return undefined;
  const fromCounts = (gain * lackOfFit(fitter, pooled, gain)) / (total * start.slope);
  const fromGain = ((GAIN_UNCERTAINTY * own * start.variance) / start.slope) ** 2;
  const deviation = Math.sqrt(fromCounts + fromGain);
  return { value: found > CERTAIN * deviation ? Math.min(found, MOST) : 0, found, deviation };
}

/** The model with exponent `r` for c = 0; under a curvature the exponent that keeps the mean. */
function bend(fitter: PowerLawFitter, r: number, c: number): Bend {
  const { mean } = momentsOf(fitter, r, 0);
  let exponent = r;
  let now = momentsOf(fitter, exponent, c);
  for (let i = 0; i < 6 && Math.abs(now.mean - mean) > 1e-12; i++) {
    exponent += (now.mean - mean) / now.variance;
    now = momentsOf(fitter, exponent, c);
  }
  return now;
}

function momentsOf(fitter: PowerLawFitter, r: number, c: number): Bend {
  const raw = [0, 0, 0, 0, 0];
  for (const i of fitter.channels) {
    const x = fitter.x[i];
    let term = Math.exp(-r * x + c * x * x);
    for (let power = 0; power < 5; power++, term *= x) raw[power] += term;
  }
  const [, m1, m2, m3, m4] = raw.map((value) => value / raw[0]);
  const variance = m2 - m1 * m1;
  return { mean: m1, variance, slope: m4 - m2 * m2 - (m3 - m1 * m2) ** 2 / variance };
}

/** Variance of the pooled spectrum about the best parabola in logarithms, in units of its noise; 1 where it may be noise. */
function lackOfFit(fitter: PowerLawFitter, pooled: Float64Array, gain: number): number {
  const { channels, x } = fitter;
  let [a, r, c] = [0, 0, 0];
  const counts = Float64Array.from(channels, (i) => pooled[i]);
  const total = counts.reduce((sum, y) => sum + y, 0);
  if (!(total > 0)) return 1;
  const at = Float64Array.from(channels, (i) => x[i]);
  const target = [0, 1, 2].map((power) => at.reduce((sum, x, i) => sum + counts[i] * x ** power, 0) / total);
  a = Math.log(total / at.length);
  const model = () => at.map((x) => Math.exp(a - r * x + c * x * x));
  for (let round = 0; round < 30; round++) {
    const y = model();
    const raw = [0, 1, 2, 3, 4].map((power) => at.reduce((sum, x, i) => sum + y[i] * x ** power, 0) / total);
    const [m0, m1, m2, m3, m4] = raw;
    const moments = new LuDecomposition([
      [m0, m1, m2],
      [m1, m2, m3],
      [m2, m3, m4],
    ]);
    if (moments.isSingular()) return Number.POSITIVE_INFINITY;
    const step = moments.solve(Matrix.columnVector(target.map((moment, power) => moment - raw[power])));
    a += step.get(0, 0);
    r -= step.get(1, 0);
    c += step.get(2, 0);
    if (Math.abs(step.get(2, 0)) < 1e-9) break;
  }
  const expected = model();
  const squares = counts.map((y, i) => (y - expected[i]) ** 2 / (gain * expected[i]));
  // Single channels with an x-ray do not count.
  const typical = median(squares) / MEDIAN_SQUARE;
  const regular = squares.filter((square) => square < OUTLYING * Math.max(typical, 1));
  const freedom = regular.length - 3;
  const reduced = regular.reduce((sum, square) => sum + square, 0) / freedom;
  if (!Number.isFinite(reduced)) return Number.POSITIVE_INFINITY;
  return reduced > 1 + CERTAIN * Math.sqrt(2 / freedom) ? reduced : 1;
}

/**
 * Exponents and curvature of a scan: the curvature first, then the exponents as they are with it.
 * @param pooled sums of the channels of the span over the pixels
 */
export function learnBackground(
  window: EdgeWindow,
  masked: Uint8Array,
  statistics: WindowStatistics,
  gain: number,
  pooled: Float64Array,
): { exponents?: ExponentPrior; curvature?: Curvature } {
  const { counts, weighted } = statistics;
  const fitter = new PowerLawFitter(window, masked);
  const straight = learnExponents(fitter, counts, weighted, gain);
  const curvature = straight && learnCurvature(fitter, statistics, straight, gain, pooled);
  if (!straight || !curvature) return straight ? { exponents: straight } : {};
  if (curvature.value === 0) return { exponents: straight, curvature };
  const bent = new PowerLawFitter(window, masked, curvature.value);
  const exponents = learnExponents(bent, counts, weighted, gain);
  return exponents ? { exponents, curvature } : { exponents: straight };
}
