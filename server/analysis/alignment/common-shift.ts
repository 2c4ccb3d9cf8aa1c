import { medianKnown, robustVariance } from '../math/median.ts';
import type { EdgeShifts, ShiftModel } from './edge-shifts.ts';
import { type Agreement, agreementOf, explainedBy, lagOne } from './shift-agreement.ts';
import { type ShiftGroups, shiftGroups } from './shift-groups.ts';
import {
  aboutMean,
  coherence,
  deviations,
  isLine,
  loneJitter,
  meanOf,
  rowShifts,
  smoothed,
  surroundings,
  together,
  varianceOf,
} from './shift-series.ts';

/** Origin of a shift of the energy axis; `none` where it does not exceed counting noise. */
export type ShiftOrigin = 'none' | 'instrument' | 'unknown' | 'follows the specimen';

export interface CommonShift {
  origin: ShiftOrigin;
  /** Indices of the edges it was measured from. */
  edges: number[];
  /** Channels: correction of each pixel for instrument shifts, otherwise the measured shift. */
  shifts: Float32Array;
  /** Standard deviation of `shifts`, channels. */
  uncertainty: number;
  /** Standard deviation from pixel to pixel beyond counting noise, channels; 0 where none is significant. */
  jitter: number;
  /** Concordance of the edges' shifts; undefined for one edge, or where the others are too weak. */
  agreement?: number;
}

/** Deviations from which edges shift together. */
const SIGNIFICANT = 3.2;
/** Concordance of the edges that a shift from pixel to pixel needs, and one from row to row. */
const JITTER_AGREES = 0.5;
const DRIFT_AGREES = 0.8;
/** Deviations from which groups of pixels shift. */
const SLOW_SIGNIFICANT = 8;
/** From this share on a variance is one of the specimen: explained by the composition, or equal in the row above. */
const SPECIMEN_SHARE = 0.5;
const COHERENT_SHARE = 0.3;
/** A drift that is smooth has few independent rows: then the edges have to agree this well, and surely. */
const SMOOTH_AGREES = { concordance: 0.9, significance: 3.5 };
/**
 * Composition differences of groups are relevant from this share of their mean on: a shift alone changes counts by a
 * percent.
 */
const COMPOSITION_CHANGES = 0.05;
/** Neighbouring pixels of a row that are similar: this many count as one. */
const PATCH = 8;
/** Pixels this many deviations away are outliers and are not moved by their own shift. */
const OUTLIER_DEVIATIONS = 6;

/**
 * Separates shifts of the instrument from those of the specimen. The instrument moves all edges of a pixel by the same
 * amount, from pixel to pixel or from row to row, and independently of the row before at the same column; the specimen
 * moves edges by different amounts, or together in the pixels of a phase.
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
  const centred = groups.shift.map(aboutMean);
  const jitter = best(own, shifts.variance, 1, JITTER_AGREES);
  const calm = centred.map((series) => Math.max(0, lagOne(series)));
  const independent = (a: number, b: number) => (1 - calm[a] * calm[b]) / (1 + calm[a] * calm[b]);
  const drift = best(centred, groups.variance, independent, DRIFT_AGREES);
  // Along a single row, what is slow in time and what lies side by side are one.
  const isRow = isLine(pixels, columns);

  /** Combined result of some edges. */
  const view = (edges: number[], isPair: boolean) => {
    const pixel = together(shifts.shift, shifts.variance, edges, ownOf(jitter.found, edges));
    const group = together(centred, groups.variance, edges, ownOf(drift.found, edges));
    const line = smoothed(group.value, group.variance);
    const base = rowShifts(group, line, groups).value;
    const within = pixel.value.map((value, p) => value - base[p]);
    const alone = loneJitter(within, pixel.variance);
    const coherent = coherence(within, pixels, columns);
    const total = isPair ? Math.max(jitter.found?.common ?? 0, 0) : alone;
    const isCoherent =
      !isRow &&
      coherent.significance > SIGNIFICANT &&
      coherent.common > COHERENT_SHARE * Math.max(total, alone);
    const isSpecimen =
      isCoherent && coherent.common > SPECIMEN_SHARE * Math.min(total, alone + coherent.common);
    const jumps =
      isSpecimen || (isCoherent && !isPair) ? 0 : Math.max(0, total - (isCoherent ? coherent.common : 0));
    return {
      edges,
      pixel,
      group,
      line,
      coherent: coherent.common,
      isCoherent,
      isSpecimen,
      variance: jumps,
    };
  };

  /** Whether there is a slow shift, and its origin. */
  const slowness = ({ group, variance, isCoherent, coherent }: ReturnType<typeof view>) => {
    const spread = varianceOf(group.value);
    const explained = explainedBy(group.value, changing(groups.composition)) > SPECIMEN_SHARE;
    const expected = medianKnown(group.variance) + (variance * groups.count) / pixels.length;
    const isSlow = spread > expected * (1 + SLOW_SIGNIFICANT * Math.sqrt(2 / groups.count));
    const isOwn = explained || (isCoherent && spread < 3 * coherent);
    return { isSlow, explained, isDrift: drift.pair !== undefined && isSlow && !isRow && !isOwn };
  };

  const both = jitter.pair && view(jitter.pair, true);
  // Where neighbours shift equally, the specimen moves both edges.
  const jitters = both !== undefined && !both.isSpecimen;
  const pair = jitters ? both : drift.pair && view(drift.pair, false);
  const strongest = mostPrecise(groups, own);
  const lone = () => (strongest === undefined ? undefined : view([strongest], false));
  // A pair that does not follow the instrument measures a drift no better than one edge.
  const seen = pair && (jitters || slowness(pair).isDrift) ? pair : lone();
  if (!seen)
    return { origin: 'none', edges: [], shifts: new Float32Array(pixels.length), uncertainty: 0, jitter: 0 };
  const { edges, pixel, group, line, coherent, isCoherent, variance } = seen;
  const { isSlow, explained, isDrift } = slowness(seen);
  // With a jitter, what is slow is moved by only where it is the instrument's; otherwise pixels are, about what is slow.
  const isKept = jitters && isSlow && !isDrift;
  const patches = isCoherent ? Math.min(1, (PATCH * groups.count) / pixels.length) * coherent : 0;
  const known = { value: group.value, variance: group.variance.map((x) => x + patches) };
  const rows = rowShifts(known, isKept || !isSlow ? undefined : line, groups, isCoherent && !isDrift);
  const middle = isCoherent || isKept ? surroundings(pixel.value, pixels, columns) : rows.value;
  const moves = Float32Array.from(rows.value, (slow, p) => {
    const beyond = pixel.value[p] - middle[p];
    const total = variance + pixel.variance[p];
    const isUsable = variance > 0 && Math.abs(beyond) < OUTLIER_DEVIATIONS * Math.sqrt(total);
    return isUsable ? slow + (variance / total) * beyond : slow;
  });
  const counted = medianKnown(pixel.variance);
  const left = variance > 0 ? (variance * counted) / (variance + counted) : 0;
  const scale = Math.min(...edges.map((e) => model.filters[e].scaleError));
  const size = meanOf(moves.map((x) => x * x));
  const agreement = (jitters ? jitter.found : (drift.found ?? jitter.found))?.concordance;

  const origin = (): ShiftOrigin => {
    if (jitters || isDrift) return 'instrument';
    if ((pair && !isRow && isSlow) || both?.isSpecimen) return 'follows the specimen';
    if (!(variance > 0) && !isSlow) return 'none';
    if (isCoherent || explained) return 'follows the specimen';
    // Other edges would show a common shift.
    return jitter.denied || drift.denied ? 'none' : 'unknown';
  };
  return {
    origin: origin(),
    edges,
    shifts: moves,
    uncertainty: Math.sqrt(left + rows.variance + scale * scale * size),
    jitter: Math.sqrt(variance),
    ...(agreement !== undefined && { agreement }),
  };
}

interface Best {
  pair?: [number, number];
  found?: Agreement;
  /** An edge shifts, and another that would show it does not. */
  denied: boolean;
}

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
  series: readonly Float64Array[],
  noise: readonly (Float32Array | Float64Array)[],
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
const ownOf = (found: Agreement | undefined, edges: number[]): number[] =>
  edges.length === 2 && found ? found.own : edges.map(() => 0);

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
    const mean = Math.max(medianKnown(known), within);
    // An edge present in few groups carries no information on the others.
    if (2 * known.length > count && mean < least) [found, least] = [e, mean];
  }
  return found;
}
