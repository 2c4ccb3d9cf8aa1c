import { upperMedian } from '../math/median.ts';
import { resample } from './resample.ts';
import { type ShiftSegment, smoothSpectrum } from './shift-filter.ts';

/** Channel gains are followed to so many of their own deviations: what stands out more belongs to the spectrum. */
const MOST_GAIN_DEVIATIONS = 3;

/** Spectra of some pixels around the onsets. */
export interface ShiftSpectra {
  segments: readonly ShiftSegment[];
  /** pixels × sum of the segments' channels. */
  counts: Float32Array;
  pixels: number;
  /** Runs of consecutive pixels: the pixel at `i` follows the one before on the scan where 1. */
  follows: Uint8Array;
}

export const segmentWidths = (segments: readonly ShiftSegment[]): number =>
  segments.reduce((sum, { first, end }) => sum + end - first, 0);

export function meanOf(counts: Float32Array, pixels: number, width: number): Float64Array {
  const mean = new Float64Array(width);
  for (let p = 0; p < pixels; p++) for (let i = 0; i < width; i++) mean[i] += counts[p * width + i];
  return mean.map((value) => value / pixels);
}

export function eachSegment(
  segments: readonly ShiftSegment[],
  values: Float64Array,
  change: (part: Float64Array) => Float64Array,
): Float64Array {
  const out = new Float64Array(values.length);
  let at = 0;
  for (const { first, end } of segments) {
    out.set(change(values.slice(at, at + end - first)), at);
    at += end - first;
  }
  return out;
}

/** Channel gains: measured over expected, those that stand out of all others cut off. */
export function patternOf(
  measured: Float64Array,
  expected: Float64Array,
  usable: Float64Array,
): Float64Array {
  const gains = measured.map((value, i) => (expected[i] > 0 && value > 0 ? value / expected[i] : 1));
  const away = gains.filter((_, i) => usable[i]).map((gain) => Math.abs(gain - 1));
  const most = away.length > 0 ? MOST_GAIN_DEVIATIONS * 1.4826 * upperMedian(away) : 0;
  return gains.map((gain) => Math.min(Math.max(gain, 1 - most), 1 + most));
}

/** Calls `take` with every channel that a segment moved by so many channels still covers. */
function eachCovered(
  segments: readonly ShiftSegment[],
  shift: (segment: number) => number,
  take: (channel: number) => void,
): void {
  let at = 0;
  for (const [e, { first, end }] of segments.entries()) {
    const move = shift(e);
    const from = Math.max(0, Math.ceil(-move));
    const to = Math.min(end - first, Math.floor(end - first - move));
    for (let i = from; i < to; i++) take(at + i);
    at += end - first;
  }
}

/** Mean of the spectra without gains, each moved back by its shift, of those that cover a channel by then. */
export function movedMean(
  { counts, pixels, segments }: ShiftSpectra,
  gains: Float64Array,
  shifts: readonly Float32Array[],
  level: Float32Array,
): Float64Array {
  const width = gains.length;
  const sums = new Float64Array(width);
  const weights = new Float64Array(width);
  const [own, moved] = [new Float32Array(width), new Float64Array(width)];
  for (let p = 0; p < pixels; p++) {
    for (let i = 0; i < width; i++) own[i] = counts[p * width + i] / gains[i];
    const shift = (e: number) => shifts[e][p];
    eachMoved(segments, own, shift, moved);
    eachCovered(segments, shift, (i) => {
      sums[i] += moved[i];
      weights[i] += level[p];
    });
  }
  return sums.map((sum, i) => (weights[i] > 0 ? sum / weights[i] : 0));
}

/**
 * Gains of the channels: what was measured over what a spectrum without gains would give, moved by every pixel's shift. 1 where
 * spectra move beyond the ends of a segment.
 */
export function gainsOf(
  { counts, pixels, segments }: ShiftSpectra,
  clean: Float64Array,
  shifts: readonly Float32Array[],
  level: Float32Array,
  usable: Float64Array,
): Float64Array {
  const width = clean.length;
  const [measured, expected] = [new Float64Array(width), new Float64Array(width)];
  const own = Float32Array.from(clean);
  const moved = new Float64Array(width);
  for (let p = 0; p < pixels; p++) {
    const shift = (e: number) => -shifts[e][p];
    eachMoved(segments, own, shift, moved);
    eachCovered(segments, shift, (i) => {
      measured[i] += counts[p * width + i];
      expected[i] += level[p] * moved[i];
    });
  }
  // Structure as broad as an edge belongs to the spectrum: as a gain it would hold the edge in place.
  const ratio = measured.map((value, i) => (expected[i] > 0 && value > 0 ? value / expected[i] : 1));
  return patternOf(ratio, eachSegment(segments, ratio, smoothSpectrum), usable);
}

/** Every segment at positions so many channels higher. */
function eachMoved(
  segments: readonly ShiftSegment[],
  own: Float32Array,
  shift: (segment: number) => number,
  out: Float64Array,
): void {
  let at = 0;
  for (const [e, { first, end }] of segments.entries()) {
    resample(own, at, end - first, shift(e), out, at, end - first);
    at += end - first;
  }
}
