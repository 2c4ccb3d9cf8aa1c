import { medianKnown, robustVariance } from '../math/median.ts';
import type { ShiftGroups } from './shift-groups.ts';

/** One edge alone: least jitter to report, as a share of the counting variance, and its significance. */
const LONE_SHARE = 0.3;
const LONE_SIGNIFICANT = 5;
/**
 * Neighbours in a square, or along a single row, of so many pixels to either side estimate the contribution of the
 * specimen.
 */
const REACH = { square: 2, line: 8 };
/** Shifts of groups are compared with a line smooth over so many of them. */
const SMOOTH = 2;
/** Share of a group's variance that the line through it keeps, not stated smaller since neighbouring groups show one specimen. */
const SMOOTHED = 0.3;

export function together(
  values: readonly ArrayLike<number>[],
  variances: readonly ArrayLike<number>[],
  edges: number[],
  excess: number[],
): { value: Float64Array; variance: Float64Array } {
  const n = values[0].length;
  const value = new Float64Array(n).fill(Number.NaN);
  const variance = new Float64Array(n).fill(Number.NaN);
  const means = edges.map((e) => meanOf(values[e]));
  for (let i = 0; i < n; i++) {
    let [weights, sum] = [0, 0];
    edges.forEach((e, k) => {
      if (Number.isNaN(values[e][i])) return;
      const weight = 1 / (variances[e][i] + excess[k]);
      weights += weight;
      sum += weight * (values[e][i] - means[k]);
    });
    if (!(weights > 0)) continue;
    value[i] = sum / weights;
    variance[i] = 1 / weights;
  }
  return { value, variance };
}

export function meanOf(values: ArrayLike<number>): number {
  let [sum, n] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    sum += values[i];
    n++;
  }
  return n > 0 ? sum / n : 0;
}

export function varianceOf(values: Float64Array): number {
  const mean = meanOf(values);
  return meanOf(values.map((x) => (x - mean) ** 2));
}

export const aboutMean = (values: Float64Array) => {
  const mean = meanOf(values);
  return values.map((x) => x - mean);
};

/** Shifts of pixels about that of their group. */
export function deviations(values: ArrayLike<number>, groups: ShiftGroups, edge: number): Float64Array {
  const middle = groups.shift[edge];
  return Float64Array.from({ length: values.length }, (_, p) => values[p] - middle[groups.of[p]]);
}

/** Variance of single pixels beyond counting, 0 unless it is sure and large. */
export function loneJitter(values: Float64Array, variances: Float64Array): number {
  const excess = Array.from(values.keys())
    .filter((p) => !Number.isNaN(values[p] + variances[p]))
    .map((p) => ({ square: values[p] ** 2, counted: variances[p] }));
  if (excess.length < 16) return 0;
  const total = robustVariance(values.filter((x) => !Number.isNaN(x)));
  const counted = medianKnown(variances);
  const error = total * Math.sqrt(2.7 / excess.length);
  return total - counted > Math.max(LONE_SIGNIFICANT * error, LONE_SHARE * counted) ? total - counted : 0;
}

/** Coherence of a pixel with the one at the same column of the row before, or in a single row with its neighbour. */
export function coherence(
  values: Float64Array,
  pixels: ArrayLike<number>,
  columns: number,
): { common: number; significance: number } {
  const place = placesOf(pixels);
  const away = isLine(pixels, columns) ? 1 : columns;
  let [sum, squares, n] = [0, 0, 0];
  for (let p = 0; p < pixels.length; p++) {
    const other = place.get(pixels[p] - away);
    const product = other === undefined ? Number.NaN : values[p] * values[other];
    if (Number.isNaN(product)) continue;
    sum += product;
    squares += product * product;
    n++;
  }
  return n > 8 && squares > 0
    ? { common: sum / n, significance: sum / Math.sqrt(squares) }
    : { common: 0, significance: 0 };
}

export const isLine = (pixels: ArrayLike<number>, columns: number) =>
  Math.floor(pixels[0] / columns) === Math.floor(pixels[pixels.length - 1] / columns);

const placesOf = (pixels: ArrayLike<number>) =>
  new Map(Array.from({ length: pixels.length }, (_, p) => [pixels[p], p]));

/** Median of the pixels around each one, which keeps borders of phases. */
export function surroundings(values: Float64Array, pixels: ArrayLike<number>, columns: number): Float64Array {
  const place = placesOf(pixels);
  const [down, across] = isLine(pixels, columns) ? [0, REACH.line] : [REACH.square, REACH.square];
  return values.map((own, p) => {
    const around: number[] = [];
    const column = pixels[p] % columns;
    for (let dy = -down; dy <= down; dy++)
      for (let dx = -across; dx <= across; dx++) {
        if (column + dx < 0 || column + dx >= columns) continue;
        const other = place.get(pixels[p] + dy * columns + dx);
        if (other !== undefined && !Number.isNaN(values[other])) around.push(values[other]);
      }
    return around.length > 0 ? around.sort((a, b) => a - b)[around.length >> 1] : own;
  });
}

/** Local straight lines through the groups, Gaussian in their number. */
export function smoothed(values: Float64Array, variances: Float64Array): Float64Array {
  // No group is known so much better that its specimen alone would decide.
  const typical = Math.max(medianKnown(variances), 1e-12);
  const width = Math.max(SMOOTH, values.length / 16);
  return values.map((_, g) => {
    let [w0, w1, w2, y0, y1] = [0, 0, 0, 0, 0];
    for (let k = 0; k < values.length; k++) {
      if (Number.isNaN(values[k])) continue;
      const d = k - g;
      const w = Math.exp(-0.5 * (d / width) ** 2) / (typical + variances[k]);
      w0 += w;
      w1 += w * d;
      w2 += w * d * d;
      y0 += w * values[k];
      y1 += w * d * values[k];
    }
    const determinant = w0 * w2 - w1 * w1;
    return determinant > 1e-9 * w0 * w2 ? (w2 * y0 - w1 * y1) / determinant : w0 > 0 ? y0 / w0 : 0;
  });
}

/**
 * Each pixel on the smooth line through its group, and its group between that line and its own shift by how much groups scatter
 * about it beyond counting.
 */
export function rowShifts(
  { value, variance }: { value: Float64Array; variance: Float64Array },
  line: Float64Array | undefined,
  { of, count }: ShiftGroups,
  isSpecimen = false,
): { value: Float64Array; variance: number } {
  if (!line) return { value: new Float64Array(of.length), variance: 0 };
  const residual = value.map((x, g) => x - line[g]).filter((x) => !Number.isNaN(x));
  const scatter = residual.reduce((sum, x) => sum + x * x, 0) / Math.max(residual.length - 1, 1);
  const counted = medianKnown(variance);
  // Contributions of the specimen differ from row to row and are not followed.
  const steps = isSpecimen ? 0 : Math.max(0, scatter - counted);
  const own = value.map((x, g) => (Number.isNaN(x) ? 0 : (steps / (steps + variance[g])) * (x - line[g])));
  const sizes = new Float64Array(count);
  for (const g of of) sizes[g]++;
  const places = Float64Array.from(of);
  for (let p = 0, within = 0; p < of.length; p++) {
    within = p > 0 && of[p] === of[p - 1] ? within + 1 : 0;
    places[p] = of[p] + (within + 0.5) / sizes[of[p]] - 0.5;
  }
  const isSmooth = steps < counted;
  const shifts = places.map((x, p) => {
    const low = Math.min(Math.max(Math.floor(x), 0), Math.max(count - 2, 0));
    const high = Math.min(low + 1, count - 1);
    const between = isSmooth ? line[low] + (x - low) * (line[high] - line[low]) : line[of[p]];
    return between + own[of[p]];
  });
  return {
    value: shifts,
    variance: isSpecimen ? SMOOTHED * Math.max(scatter, counted) : counted * (isSmooth ? SMOOTHED : 1),
  };
}
