import { COUNTING_NOISE, DetectorNoiseEstimator } from '../detector/detector-noise.ts';
import { medianKnown, robustVariance } from '../math/median.ts';
import { ShiftFilter, smoothSpectrum } from './shift-filter.ts';
import {
  eachSegment,
  gainsOf,
  meanOf,
  movedMean,
  patternOf,
  type ShiftSpectra,
  segmentWidths,
} from './shift-mean.ts';

/** Rounds of Gauss and Newton, each with a sharper mean spectrum. */
const ROUNDS = 4;
/** Shifts, channels, below which the mean spectrum needs no refinement. */
const WORTH_REFINING = 0.3;
/** Least share of an edge's variance beyond counting noise to follow its own shift. */
const RELIABLE = 0.5;
/** A shift beyond this share of a segment is not followed. */
const MOST_SHARE = 0.2;
/** Longest step of a round but the last, channels. */
const MOST_STEP = 2;
/** Least net counts of an edge in a pixel, standard deviations. */
const LEAST_NET = 4;

/** Shifts of single spectra by single edges, and how exactly they are known. Arrays of one entry per pixel and edge. */
export interface EdgeShifts {
  /** Channels above the mean; NaN where the edge is too weak. */
  shift: Float32Array[];
  /** Net counts times shift, also where the edge is too weak for a single pixel: those of several add up. */
  product: Float32Array[];
  /** Variance of the shift by counting. */
  variance: Float32Array[];
  /** Net counts of the edge in units of the mean spectrum's. */
  net: Float32Array[];
  /** Counts in units of the mean spectrum's. */
  level: Float32Array;
}

/** Filters for the edges of a scan, and the gain of the detector that made it. */
export interface ShiftModel {
  filters: readonly ShiftFilter[];
  /** Mean counts of a pixel in the segments. */
  counts: number;
  gain: number;
}

export const emptyShifts = (edges: number, pixels: number): EdgeShifts => {
  const emptyMaps = () => Array.from({ length: edges }, () => new Float32Array(pixels).fill(Number.NaN));
  return {
    shift: emptyMaps(),
    product: emptyMaps(),
    variance: emptyMaps(),
    net: emptyMaps(),
    level: new Float32Array(pixels),
  };
};

/**
 * Measures the spectra [0, count) that start at `from` in `spectra`, as pixels `to`, … of `out`.
 * @param start channels each edge is thought to lie higher by, one per pixel of `out`
 * @param longestStep channels; full steps overshoot where the onset is steep
 */
export function measureShifts(
  { filters, counts, gain }: ShiftModel,
  spectra: Float32Array,
  from: number,
  count: number,
  out: EdgeShifts,
  to: number,
  start?: readonly Float32Array[],
  longestStep = Number.POSITIVE_INFINITY,
): void {
  const width = filters.reduce((sum, { segment }) => sum + segment.end - segment.first, 0);
  const seen = { net: 0, moved: 0, share: 1 };
  for (let p = 0; p < count; p++) {
    let total = 0;
    for (let i = 0; i < width; i++) total += spectra[from + p * width + i];
    const level = total / counts;
    out.level[to + p] = level;
    let at = from + p * width;
    for (const [e, filter] of filters.entries()) {
      const { first, end } = filter.segment;
      const most = MOST_SHARE * (end - first);
      let shift = start?.[e][to + p] ?? 0;
      const place = filter.measure(spectra, at, shift, seen);
      // The template does not depend on the edge's own noise, so that what is found is linear in the counts.
      if (place !== undefined && seen.net > 0) {
        const step = Math.min(Math.max(seen.moved / seen.net, -longestStep), longestStep);
        shift = Math.min(Math.max((place + step) / seen.share, -most), most);
      }
      at += end - first;
      const variances = filter.variances(place ?? 0);
      const noise = gain * Math.max(level, 0);
      const isTold = place !== undefined && seen.net > LEAST_NET * Math.sqrt(noise * variances.net);
      const isKnown = place !== undefined && Number.isFinite(seen.net + seen.moved);
      out.net[e][to + p] = isKnown ? seen.net : 0;
      out.product[e][to + p] = !isKnown
        ? 0
        : isTold
          ? seen.net * shift
          : (seen.net * (place ?? 0) + seen.moved) / seen.share;
      out.shift[e][to + p] = isTold ? shift : Number.NaN;
      out.variance[e][to + p] = isTold ? (noise * variances.moved) / seen.net ** 2 : Number.NaN;
    }
  }
}

/**
 * Finds the mean spectrum without shifts, the gains of the channels, and the shifts, from spectra kept in memory. What
 * stays in its channel while the spectrum moves is a gain, so that a fixed pattern does not hold the edges in place.
 * @param usable 0 where a channel of the segments is left out
 */
export function fitShiftModel(
  spectra: ShiftSpectra,
  usable: Float64Array,
): { model: ShiftModel; shifts: EdgeShifts } | undefined {
  const { segments, counts, pixels } = spectra;
  const width = segmentWidths(segments);
  const mean = meanOf(counts, pixels, width);
  const total = mean.reduce((sum, value) => sum + value, 0);
  if (!(total > 0)) return undefined;
  const gain = gainOf(spectra);
  const smooth = eachSegment(segments, mean, smoothSpectrum);
  let gains: Float64Array = patternOf(mean, smooth, usable);
  let clean: Float64Array = mean.map((value, i) => value / gains[i]);
  let start: Float32Array[] = segments.map(() => new Float32Array(pixels));
  for (let round = 0; ; round++) {
    let at = 0;
    const filters: ShiftFilter[] = [];
    for (const segment of segments) {
      const n = segment.end - segment.first;
      const part = (values: Float64Array) => values.slice(at, at + n);
      filters.push(new ShiftFilter(segment, part(clean), part(gains), part(usable)));
      at += n;
    }
    const model = { filters, counts: total, gain };
    const shifts = emptyShifts(segments.length, pixels);
    const isLast = round === ROUNDS;
    measureShifts(model, counts, 0, pixels, shifts, 0, start, isLast ? undefined : MOST_STEP);
    if (isLast) return { model, shifts };
    start = startsOf(shifts);
    const isStill = start.every(
      (each) => each.reduce((sum, x) => sum + x * x, 0) < WORTH_REFINING ** 2 * pixels,
    );
    if (round === 0 && isStill) {
      measureShifts(model, counts, 0, pixels, shifts, 0);
      return { model, shifts };
    }
    clean = movedMean(spectra, gains, start, shifts.level);
    gains = gainsOf(spectra, clean, start, shifts.level, usable);
  }
}

/**
 * Start position of each edge in the next round, used to sharpen its mean spectrum: by its own shift where that is more
 * than noise, as chemistry moves edges apart, and by that of all together where the edge is too weak.
 */
function startsOf(shifts: EdgeShifts): Float32Array[] {
  const one = (e: number) => ({
    ...shifts,
    shift: [shifts.shift[e]],
    variance: [shifts.variance[e]],
  });
  const all = combined(shifts).start;
  return shifts.shift.map((_, e) => {
    const { start, reliability } = combined(one(e));
    return reliability > RELIABLE ? start : all;
  });
}

/**
 * Shift of every pixel by some edges together, each by its precision, and drawn to 0 by its share of counting, so that noise does
 * not blur the mean spectrum.
 */
function combined({ shift, variance, level }: Pick<EdgeShifts, 'shift' | 'variance' | 'level'>): {
  start: Float32Array<ArrayBuffer>;
  reliability: number;
} {
  const out = new Float32Array(level.length).fill(Number.NaN);
  const counted = new Float32Array(level.length).fill(Number.NaN);
  for (let p = 0; p < out.length; p++) {
    let [weight, value] = [0, 0];
    for (let e = 0; e < shift.length; e++) {
      if (Number.isNaN(shift[e][p])) continue;
      weight += 1 / variance[e][p];
      value += shift[e][p] / variance[e][p];
    }
    if (!(weight > 0)) continue;
    out[p] = value / weight;
    counted[p] = 1 / weight;
  }
  const known = out.filter((x) => !Number.isNaN(x));
  const total = robustVariance(known);
  const beyond = Math.max(0, total - medianKnown(counted));
  const mean = known.reduce((sum, x) => sum + x, 0) / Math.max(known.length, 1);
  return {
    start: out.map((x, p) => (Number.isNaN(x) ? 0 : ((x - mean) * beyond) / (beyond + counted[p]))),
    reliability: total > 0 ? beyond / total : 0,
  };
}

/** Gain of the detector from the counts before the first onset, where shifts change nothing. */
function gainOf({ segments, counts, pixels, follows }: ShiftSpectra): number {
  const width = segmentWidths(segments);
  let gain = COUNTING_NOISE.gain;
  let most = 0;
  let at = 0;
  for (const { first, end, onset } of segments) {
    const fitChannels = Math.floor(0.75 * (onset - first));
    if (fitChannels > most && fitChannels >= 9) {
      most = fitChannels;
      const noise = new DetectorNoiseEstimator({ fitChannels });
      for (let p = 1; p < pixels; p++)
        if (follows[p]) noise.add(counts, (p - 1) * width + at, p * width + at);
      gain = noise.estimate().gain;
    }
    at += end - first;
  }
  return gain;
}
