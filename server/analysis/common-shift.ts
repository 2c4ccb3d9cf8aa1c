import type { EdgeShifts, ShiftModel } from './edge-shifts.ts';
import { robustVariance } from './median.ts';
import { type Agreement, agreementOf, explainedBy, lagOne } from './shift-agreement.ts';
import { type ShiftGroups, shiftGroups } from './shift-groups.ts';

/** What a shift of the energy axis comes of; `none` where none is told from counting. */
export type ShiftOrigin = 'none' | 'instrument' | 'unknown' | 'follows the specimen';

export interface CommonShift {
  origin: ShiftOrigin;
  /** Indices of the edges that tell it. */
  edges: number[];
  /** Channels: what the pixels are to be moved by where the instrument shifts, and otherwise what is seen. */
  shifts: Float32Array;
  /** Standard deviation of `shifts`, channels. */
  uncertainty: number;
  /** Standard deviation from pixel to pixel beyond counting, channels; 0 where none is told. */
  jitter: number;
  /** Concordance of the edges' shifts; undefined for one edge, or where the others are too weak. */
  agreement?: number;
}

/** Deviations from which edges shift together. */
const SIGNIFICANT = 3.2;
/** Concordance of the edges that a shift from pixel to pixel needs, and one from row to row. */
const JITTER_AGREES = 0.5;
const DRIFT_AGREES = 0.8;
/** One edge alone: a jitter below this share of the variance of counting is not spoken of, nor deviations below. */
const LONE_SHARE = 0.3;
const LONE_SIGNIFICANT = 5;
/** Deviations from which groups of pixels shift. */
const SLOW_SIGNIFICANT = 8;
/** From this share on a variance is one of the specimen: explained by the composition, or alike in the row above. */
const SPECIMEN_SHARE = 0.5;
const COHERENT_SHARE = 0.3;
/** A drift that is smooth has few independent rows: then the edges have to agree this well, and surely. */
const SMOOTH_AGREES = { concordance: 0.9, significance: 3.5 };
/** What a group is made of matters from this share of its mean on: a shift alone changes counts by a percent. */
const COMPOSITION_CHANGES = 0.05;
/** Neighbours in a square, or along a single row, of so many pixels to either side say what the specimen does. */
const REACH = { square: 2, line: 8 };
/** Shifts of groups are compared with a line smooth over so many of them. */
const SMOOTH = 2;

/**
 * Tells shifts of the instrument from those of the specimen. The instrument moves all edges of a pixel by the same amount,
 * from pixel to pixel or from row to row, and knows nothing of what was recorded in the row before at the same column;
 * the specimen moves edges by different amounts, or together in the pixels of a phase.
 * @param pixels row-major indices, ascending
 */
export function commonShift(
  model: ShiftModel,
  shifts: EdgeShifts,
  pixels: ArrayLike<number>,
  columns: number,
): CommonShift {
  const groups = shiftGroups(model, shifts, pixels, columns);
  const own = shifts.shift.map((each, e) => deviations(each, groups, e));
  const noise = shifts.variance.map((each) => Float64Array.from(each));
  const jitter = best(own, noise, 1, JITTER_AGREES);
  const centred = groups.shift.map(aboutMean);
  const calm = centred.map((series) => Math.max(0, lagOne(series)));
  const drift = best(
    centred,
    groups.variance,
    (a, b) => (1 - calm[a] * calm[b]) / (1 + calm[a] * calm[b]),
    DRIFT_AGREES,
  );
  const pair = jitter.pair ?? drift.pair;
  const told = own.map((series) => series.filter((x) => !Number.isNaN(x)).length);
  const strongest = mostPrecise(groups, own);
  const edges = pair ? [...pair] : strongest === undefined ? [] : [strongest];
  const seen = new Float32Array(pixels.length);
  if (edges.length === 0 || (!told.some((n) => n > 0) && !pair))
    return { origin: 'none', edges: [], shifts: seen, uncertainty: 0, jitter: 0 };
  const pixel = together(shifts.shift, noise, edges, excessOf(jitter.found, edges));
  const group = together(centred, groups.variance, edges, excessOf(drift.found, edges));
  const scale = Math.min(...edges.map((e) => model.filters[e].scaleError));
  const line = smoothed(group.value, group.variance);
  const base = rowShifts(group, line, groups).value;
  const within = pixel.value.map((value, p) => value - base[p]);
  const alone = loneJitter(within, pixel.variance);
  const coherent = coherence(within, pixels, columns);
  const total = jitter.pair ? Math.max(jitter.found?.common ?? 0, 0) : alone;
  const isCoherent =
    !isLine(pixels, columns) &&
    coherent.significance > SIGNIFICANT &&
    coherent.common > COHERENT_SHARE * Math.max(total, alone);
  const variance = Math.max(0, total - (isCoherent ? coherent.common : 0));
  const spread = varianceOf(group.value);
  const composition = changing(groups.composition);
  const explained = explainedBy(group.value, composition);
  const expected = middleOf(group.variance) + perGroup(variance, groups, pixels.length);
  const isSlow = spread > expected * (1 + SLOW_SIGNIFICANT * Math.sqrt(2 / groups.count));
  // Along a single row, what is slow in time and what lies side by side are one.
  const isRow = isLine(pixels, columns);
  const followsRows = isRow || explained > SPECIMEN_SHARE || (isCoherent && spread < 3 * coherent.common);
  // What is slow is moved by only where it is the instrument's; otherwise single pixels alone are, about what is slow.
  const isKept = isSlow && (followsRows || !drift.pair) && (jitter.pair || drift.pair) !== undefined;
  const rows = rowShifts(group, isKept || !isSlow ? undefined : line, groups);
  const middle = isCoherent || isKept ? surroundings(pixel.value, pixels, columns) : undefined;
  pixel.value.forEach((value, p) => {
    const slow = rows.value[p];
    const about = middle?.[p] ?? slow;
    const kept = variance / (variance + pixel.variance[p]);
    const usable = Math.abs(value - about) < 6 * Math.sqrt(variance + pixel.variance[p]);
    seen[p] = slow + (variance > 0 && usable ? kept * (value - about) : 0);
  });
  const counted = middleOf(pixel.variance);
  const left = variance > 0 ? (variance * counted) / (variance + counted) : 0;
  const size = Math.sqrt(seen.reduce((sum, x) => sum + x * x, 0) / seen.length);
  const uncertainty = Math.sqrt((variance > 0 ? left : 0) + rows.variance + (scale * size) ** 2);
  const agreement = (jitter.pair ? jitter.found : (drift.found ?? jitter.found))?.concordance;
  return {
    origin: originOf(),
    edges,
    shifts: seen,
    uncertainty,
    jitter: Math.sqrt(variance),
    ...(agreement !== undefined && { agreement }),
  };

  function originOf(): ShiftOrigin {
    if (jitter.pair && !(isCoherent && coherent.common > SPECIMEN_SHARE * (alone + coherent.common)))
      return 'instrument';
    if (jitter.pair) return 'follows the specimen';
    if (drift.pair && isSlow && !isRow) return followsRows ? 'follows the specimen' : 'instrument';
    if (!(variance > 0) && !isSlow) return 'none';
    if (isCoherent || explained > SPECIMEN_SHARE) return 'follows the specimen';
    // Others would show it if it were common to all.
    return jitter.denied || drift.denied ? 'none' : 'unknown';
  }
}

interface Best {
  pair?: [number, number];
  found?: Agreement;
  /** An edge shifts, and another that would show it does not. */
  denied: boolean;
}

/** Variance that pixels of their own leave in the means of groups. */
const perGroup = (variance: number, groups: ShiftGroups, pixels: number) =>
  (variance * groups.count) / Math.max(pixels, 1);

/** The numbers of the composition that change by more than shifts do. */
function changing(composition: readonly number[][]): number[][] {
  const isWorth = composition[0].map((_, k) => {
    const values = Float64Array.from(composition, (row) => row[k]);
    const mean = meanOf(values);
    const square = meanOf(values.map((x) => (x - mean) ** 2));
    return Math.sqrt(square) > COMPOSITION_CHANGES * Math.abs(mean);
  });
  return composition.map((row) => row.filter((_, k) => isWorth[k]));
}

/** The two edges that most surely shift together. */
function best(
  series: Float64Array[],
  noise: Float64Array[],
  effective: number | ((a: number, b: number) => number),
  agrees: number,
): Best {
  const out: Best = { denied: false };
  for (let a = 0; a < series.length; a++)
    for (let b = a + 1; b < series.length; b++) {
      const share = typeof effective === 'number' ? effective : effective(a, b);
      const found = agreementOf(series[a], series[b], [noise[a], noise[b]], share);
      if (!found) continue;
      if (found.denied) out.denied = true;
      const isSmooth =
        share < 1 &&
        found.significance / Math.sqrt(share) > SMOOTH_AGREES.significance &&
        found.concordance >= SMOOTH_AGREES.concordance;
      if (isSmooth || (found.significance > SIGNIFICANT && found.concordance >= agrees)) {
        if (out.pair && found.significance <= (out.found?.significance ?? 0)) continue;
        out.pair = [a, b];
        out.found = found;
      } else if (!out.pair && (!out.found || found.significance > out.found.significance)) out.found = found;
    }
  return out;
}

/** Variance of each edge that the others do not share. */
const excessOf = (found: Agreement | undefined, edges: number[]): number[] =>
  edges.length === 2 && found ? found.own : edges.map(() => 0);

function together(
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

function meanOf(values: ArrayLike<number>): number {
  let [sum, n] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    sum += values[i];
    n++;
  }
  return n > 0 ? sum / n : 0;
}

function varianceOf(values: Float64Array): number {
  const mean = meanOf(values);
  return meanOf(values.map((x) => (x - mean) ** 2));
}

const aboutMean = (values: Float64Array) => {
  const mean = meanOf(values);
  return values.map((x) => x - mean);
};

/** Shifts of pixels about that of their group. */
function deviations(values: ArrayLike<number>, groups: ShiftGroups, edge: number): Float64Array {
  const middle = groups.shift[edge];
  return Float64Array.from({ length: values.length }, (_, p) => values[p] - middle[groups.of[p]]);
}

/** The edge whose groups are known best: by counting, and by how much pixels of a group differ, which is the specimen. */
function mostPrecise(
  { shift, variance, count }: ShiftGroups,
  own: readonly Float64Array[],
): number | undefined {
  let [found, least] = [undefined as number | undefined, Number.POSITIVE_INFINITY];
  for (let e = 0; e < shift.length; e++) {
    const told = own[e].filter((x) => !Number.isNaN(x));
    const within = (robustVariance(told) * count) / Math.max(told.length, 1);
    const known = variance[e].filter((_, g) => !Number.isNaN(shift[e][g]));
    const mean = Math.max(middleOf(known), within);
    // An edge that few groups show tells nothing of the others.
    if (2 * known.length > count && mean < least) [found, least] = [e, mean];
  }
  return found;
}

/** Variance of single pixels beyond counting, 0 unless it is sure and large. */
function loneJitter(values: Float64Array, variances: Float64Array): number {
  const excess = Array.from(values.keys())
    .filter((p) => !Number.isNaN(values[p] + variances[p]))
    .map((p) => ({ square: values[p] ** 2, counted: variances[p] }));
  if (excess.length < 16) return 0;
  const total = robustVariance(values.filter((x) => !Number.isNaN(x)));
  const counted = middleOf(variances);
  const error = total * Math.sqrt(2.7 / excess.length);
  return total - counted > Math.max(LONE_SIGNIFICANT * error, LONE_SHARE * counted) ? total - counted : 0;
}

/** What a pixel has in common with the one at the same column of the row before, or in a single row with its neighbour. */
function coherence(
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

const isLine = (pixels: ArrayLike<number>, columns: number) =>
  Math.floor(pixels[0] / columns) === Math.floor(pixels[pixels.length - 1] / columns);

const placesOf = (pixels: ArrayLike<number>) =>
  new Map(Array.from({ length: pixels.length }, (_, p) => [pixels[p], p]));

/** Median of the pixels around each one, which keeps borders of phases. */
function surroundings(values: Float64Array, pixels: ArrayLike<number>, columns: number): Float64Array {
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
function smoothed(values: Float64Array, variances: Float64Array): Float64Array {
  const width = Math.max(SMOOTH, values.length / 20);
  return values.map((_, g) => {
    let [w0, w1, w2, y0, y1] = [0, 0, 0, 0, 0];
    for (let k = 0; k < values.length; k++) {
      if (Number.isNaN(values[k])) continue;
      const d = k - g;
      const w = Math.exp(-0.5 * (d / width) ** 2) / Math.max(variances[k], 1e-12);
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
function rowShifts(
  { value, variance }: { value: Float64Array; variance: Float64Array },
  line: Float64Array | undefined,
  { of, count }: ShiftGroups,
): { value: Float64Array; variance: number } {
  if (!line) return { value: new Float64Array(of.length), variance: 0 };
  const residual = value.map((x, g) => x - line[g]).filter((x) => !Number.isNaN(x));
  const scatter = residual.reduce((sum, x) => sum + x * x, 0) / Math.max(residual.length - 1, 1);
  const counted = middleOf(variance);
  const steps = Math.max(0, scatter - counted);
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
  return { value: shifts, variance: counted * (isSmooth ? 0.3 : 1) };
}

function middleOf(values: Float64Array): number {
  const known = values.filter((x) => !Number.isNaN(x)).sort();
  return known[known.length >> 1] ?? 0;
}
