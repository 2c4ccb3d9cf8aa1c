import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { EnergyAxis } from '../../../protocol/index.ts';
import type { EdgeWindow } from '../windows/edge-window.ts';

/** Channels around an onset used to measure shifts, eV before and after it. */
const BEFORE_EV = 25;
const AFTER_EV = 35;
/** Between two onsets the later one's share begins so far before it, eV. */
const GAP_EV = 6;
/** Fewest channels for a shift together with a two-parameter background. */
const FEWEST_CHANNELS = 12;
/** Templates are made for shifts this many channels apart. */
const GRID = 0.5;
/** Share of what smoothing takes from a derivative that stays uncertain: edges narrower than channels. */
const SAMPLING_ERROR = 0.3;

/** Least ratio of the derivative of the template to that of the spectrum. */
const LEAST_SCALE = 0.2;
/** Least pivot of the normal equations. */
const LEAST_PIVOT = 1e-9;
/** Kernels of the smoothed spectrum, of its derivative, and of differences between neighbours. */
const SMOOTH = [-2, 3, 6, 7, 6, 3, -2].map((x) => x / 21);
const DERIVATIVE = [-3, -2, -1, 0, 1, 2, 3].map((x) => x / 28);
const DIFFERENCE = [-0.5, 0, 0.5];
/**
 * Gains that are independent from channel to channel leave in a smoothed spectrum a structure whose derivatives, smoothed and not,
 * have in common so much of them, in units of the deviation of what smoothing takes away.
 */
const PATTERN_LEFT = Math.sqrt(
  inCommon(convolved(SMOOTH, DERIVATIVE), convolved(SMOOTH, DIFFERENCE)) /
    (1 - 2 * SMOOTH[3] + inCommon(SMOOTH, SMOOTH)),
);

/** Channels [first, end) around one onset; those of different edges have none in common, so that their noise is independent. */
export interface ShiftSegment {
  /** Index of the edge. */
  edge: number;
  first: number;
  end: number;
  /** Channel of the onset. */
  onset: number;
}

/**
 * @param windows of the edges, in any order
 * @param onsets eV, one per window
 */
export function shiftSegments(
  windows: readonly EdgeWindow[],
  onsets: readonly number[],
  { offset, dispersion }: EnergyAxis,
): ShiftSegment[] {
  const order = Array.from(onsets.keys()).sort((a, b) => onsets[a] - onsets[b]);
  const segments: ShiftSegment[] = [];
  order.forEach((edge, n) => {
    const { firstChannel, endChannel } = windows[edge];
    const channel = (ev: number) => Math.round((ev - offset) / dispersion);
    const next = n + 1 < order.length ? channel(onsets[order[n + 1]] - GAP_EV) : Number.POSITIVE_INFINITY;
    const before = segments.at(-1)?.end ?? 0;
    const first = Math.max(channel(onsets[edge] - BEFORE_EV), firstChannel, before);
    const end = Math.min(channel(onsets[edge] + AFTER_EV), endChannel, next);
    const onset = channel(onsets[edge]);
    if (end - first >= FEWEST_CHANNELS && onset > first + 2 && onset < end - 2)
      segments.push({ edge, first, end, onset });
  });
  return segments;
}

/**
 * Result for one spectrum: the edge's net counts in units of the mean spectrum's, and the same times its shift in
 * channels.
 */
export interface ShiftCoefficients {
  net: number;
  moved: number;
  /** Measured share of a shift, that of the template included. */
  share: number;
}

interface Template {
  /** Linear functionals of the channels of the segment. */
  net: Float64Array;
  moved: Float64Array;
  /** Variances of the two for a spectrum of as many counts as the mean, gain 1. */
  netVariance: number;
  movedVariance: number;
  /** Part of the derivative removed by smoothing. */
  scale: number;
  /** Share of the derivative's square that moves; the rest comes from gains left in the mean, which do not move. */
  share: number;
}

/**
 * Measures by how many channels an edge lies above its place in the mean spectrum. A spectrum is fitted with the edge,
 * its derivative −m′ and a background of two numbers (least squares with Poisson weights), all of them times the gains
 * of the channels, which do not move with the spectrum. Both coefficients are linear in the counts, so those of a sum
 * are sums.
 */
export class ShiftFilter {
  readonly segment: ShiftSegment;
  /** Relative error of shifts: what fixed channel gains and too few channels make of the derivative. */
  readonly scaleError: number;
  readonly #mean: Float64Array;
  readonly #law: Float64Array;
  readonly #gains: Float64Array;
  readonly #usable: Float64Array;
  /** Standard deviation of the gains. */
  readonly #spread: number;
  readonly #templates = new Map<number, Template | undefined>();

  /**
   * @param mean spectrum without shifts and without channel gains, one entry per channel of the segment
   * @param gains of the channels, about 1
   * @param usable 0 where a channel is left out
   */
  constructor(segment: ShiftSegment, mean: Float64Array, gains: Float64Array, usable: Float64Array) {
    this.segment = segment;
    this.#mean = mean;
    this.#gains = gains;
    this.#usable = usable;
    this.#law = backgroundOf(mean, usable, segment.onset - segment.first);
    this.#spread = deviationOf(gains, usable);
    const { moved } = this.#template(0) ?? {};
    let error = 0;
    if (moved)
      for (let i = 1; i + 1 < moved.length; i++)
        error += (((moved[i + 1] - moved[i - 1]) / 2) * this.#spread * mean[i]) ** 2;
    this.scaleError = Math.hypot(
      Math.sqrt(error) / (this.#template(0)?.share ?? 1),
      SAMPLING_ERROR * Math.abs((this.#template(0)?.scale ?? 1) - 1),
    );
  }

  /** @param at channels by which the spectrum is thought to lie higher; what is found is beyond that of the nearest template */
  measure(spectra: ArrayLike<number>, from: number, at: number, out: ShiftCoefficients): number | undefined {
    const place = Math.round(at / GRID);
    const template = this.#template(place);
    if (!template) return undefined;
    const { net, moved, share } = template;
    let [a, b] = [0, 0];
    for (let i = 0; i < net.length; i++) {
      const y = spectra[from + i];
      a += net[i] * y;
      b += moved[i] * y;
    }
    out.share = share;
    out.net = a;
    out.moved = b;
    return place * GRID;
  }

  /** Variances of `net` and `moved` for a spectrum of as many counts as the mean, gain 1. */
  variances(at: number): { net: number; moved: number } {
    const template = this.#template(Math.round(at / GRID));
    return {
      net: template?.netVariance ?? Number.POSITIVE_INFINITY,
      moved: template?.movedVariance ?? Number.POSITIVE_INFINITY,
    };
  }

  #template(place: number): Template | undefined {
    if (!this.#templates.has(place)) this.#templates.set(place, this.#make(place * GRID));
    return this.#templates.get(place);
  }

  #make(shift: number): Template | undefined {
    const n = this.#mean.length;
    const law = this.#law;
    const edge = this.#mean.map((value, i) => value - law[i]);
    const at = (values: Float64Array, i: number) => interpolate(values, i - shift);
    const slope = smoothDerivative(edge);
    const raw = edge.map((_, i) => (edge[Math.min(i + 1, n - 1)] - edge[Math.max(i - 1, 0)]) / 2);
    const terms = [new Float64Array(n), new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    const steep = new Float64Array(n);
    const weights = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const g = this.#gains[i];
      terms[0][i] = g * at(edge, i);
      terms[1][i] = -g * at(slope, i);
      terms[2][i] = g * law[i];
      terms[3][i] = (g * law[i] * (i - n / 2)) / n;
      steep[i] = -g * at(raw, i);
      const inside = i - shift >= 2 && i - shift <= n - 3;
      weights[i] =
        inside && this.#mean[i] > 0 ? this.#usable[i] / (g * Math.max(at(this.#mean, i), 1e-9)) : 0;
    }
    const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i] * weights[i], 0);
    const inverse = invert(terms.map((a) => terms.map((b) => dot(a, b))));
    if (!inverse) return undefined;
    const functional = (k: number) =>
      weights.map((w, i) => w * terms.reduce((sum, term, j) => sum + inverse[k][j] * term[i], 0));
    const net = functional(0);
    const moved = functional(1);
    // Smoothing makes the derivative flatter than it is; the unsmoothed one gives the correction.
    const scale = moved.reduce((sum, x, i) => sum + x * steep[i], 0);
    if (!(scale > LEAST_SCALE)) return undefined;
    const variance = (PATTERN_LEFT * this.#spread) ** 2;
    const still = weights.reduce(
      (sum, weight, i) => sum + weight * variance * (this.#gains[i] * at(this.#mean, i)) ** 2,
      0,
    );
    const share = 1 - (inverse[1][1] * still) / scale;
    if (!(share > LEAST_SCALE)) return undefined;
    return {
      net,
      moved: moved.map((x) => x / scale),
      netVariance: inverse[0][0],
      movedVariance: inverse[1][1] / (scale * share) ** 2,
      scale,
      share,
    };
  }
}

/** Gaussian-like smoothing that keeps parabolas (Savitzky & Golay, Anal. Chem. 36 (1964) 1627; seven channels). */
export function smoothSpectrum(values: Float64Array): Float64Array {
  return convolve(values, SMOOTH);
}

/** Derivative by channel, smoothed in the same way. */
export const smoothDerivative = (values: Float64Array) => convolve(values, DERIVATIVE);

/** The kernel of one filter after another. */
function convolved(a: readonly number[], b: readonly number[]): number[] {
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) out[i + j] += x * y;
  return out;
}

/** Σ a·b of two kernels of odd lengths, middle on middle. */
function inCommon(a: readonly number[], b: readonly number[]): number {
  const ahead = (a.length - b.length) / 2;
  return a.reduce((sum, x, i) => sum + x * (b[i - ahead] ?? 0), 0);
}

function convolve(values: Float64Array, kernel: readonly number[]): Float64Array {
  const last = values.length - 1;
  return values.map((_, i) => {
    let sum = 0;
    for (let k = -3; k <= 3; k++) {
      const j = i + k;
      // Beyond the ends straight on.
      const value =
        j < 0 ? 2 * values[0] - values[-j] : j > last ? 2 * values[last] - values[2 * last - j] : values[j];
      sum += kernel[k + 3] * value;
    }
    return sum;
  });
}

function interpolate(values: Float64Array, x: number): number {
  const last = values.length - 1;
  const low = Math.floor(x);
  const t = x - low;
  const at = (i: number) => values[Math.min(Math.max(i, 0), last)];
  const [a, b, c, d] = [at(low - 1), at(low), at(low + 1), at(low + 2)];
  if (t === 0) return b;
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/** An exponential through the counts before the onset: over so few eV it is what a power law is. */
function backgroundOf(mean: Float64Array, usable: Float64Array, onset: number): Float64Array {
  const end = Math.max(Math.round(0.75 * onset), 3);
  let [n, sx, sy, sxx, sxy] = [0, 0, 0, 0, 0];
  for (let i = 0; i < end; i++) {
    if (!usable[i] || !(mean[i] > 0)) continue;
    const y = Math.log(mean[i]);
    n += 1;
    sx += i;
    sy += y;
    sxx += i * i;
    sxy += i * y;
  }
  const determinant = n * sxx - sx * sx;
  const slope = determinant > 0 ? Math.min((n * sxy - sx * sy) / determinant, 0) : 0;
  const level = n > 0 ? (sy - slope * sx) / n : 0;
  return mean.map((_, i) => (n > 0 ? Math.exp(level + slope * i) : 0));
}

/** Standard deviation of usable entries from 1. */
function deviationOf(gains: Float64Array, usable: Float64Array): number {
  let [sum, n] = [0, 0];
  gains.forEach((gain, i) => {
    if (!usable[i]) return;
    sum += (gain - 1) ** 2;
    n++;
  });
  return n > 0 ? Math.sqrt(sum / n) : 0;
}

/** Inverse of a symmetric matrix; undefined where its rows, as they are scaled to 1, hardly differ. */
function invert(rows: number[][]): number[][] | undefined {
  const scale = rows.map((row, i) => (row[i] > 0 ? 1 / Math.sqrt(row[i]) : 0));
  const scaled = (of: readonly number[][]) =>
    of.map((row, i) => row.map((x, j) => x * (scale[i] * scale[j])));
  const factor = new CholeskyDecomposition(new Matrix(scaled(rows)));
  const isRegular = factor.lowerTriangularMatrix.diagonal().every((x) => x * x > LEAST_PIVOT);
  return isRegular ? scaled(factor.solve(Matrix.eye(rows.length)).to2DArray()) : undefined;
}
