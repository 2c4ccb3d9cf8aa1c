import { NeighbourIndex } from '../embedding/neighbours.ts';
import { upperMedian } from '../math/median.ts';

/**
 * Share of the landmarks a pixel is compared with: more than belong to a rare phase, so that its pixels are not
 * compared with each other alone.
 */
const NEIGHBOUR_SHARE = 0.025;
const FEWEST = 15;
/** A pixel without precision is too uncertain to be novel. */
const MOST_VARIANCE = 1e6;
/** Robust standard deviations above the median from which a pixel is unlike the others. */
const UNLIKE = 4;

/** Sample size for the usual distance. */
const SAMPLE = 4096;
/** Margin for rounding of float32 distances. */
const SLACK = 1 + 1e-5;

/**
 * Flags pixels that are unlike every landmark: their mean distance to the nearest landmarks (at least 15, or 2.5 % of
 * them), in units of what their own noise and the typical one make of it, lies beyond the median by 4 robust standard
 * deviations of the upper half.
 * @param scores n × dimension
 * @param variances of the noise of each pixel in one direction
 * @param landmarks m × dimension
 * @param neighbours nearest landmarks of each pixel, the nearest first: n × as many as there are
 */
export function noveltyFlags(
  scores: Float32Array,
  dimension: number,
  variances: Float64Array,
  landmarks: Float32Array,
  neighbours: ArrayLike<number>,
): Uint8Array {
  const n = variances.length;
  const index = new NeighbourIndex(landmarks, dimension);
  const room = NeighbourIndex.createResult(
    Math.min(Math.max(FEWEST, Math.ceil(NEIGHBOUR_SHARE * index.size)), index.size),
  );
  const neighbourDistance = (points: Float32Array, from: number): number => {
    index.search(points, from, room);
    return room.distances.reduce((total, distance) => total + distance, 0) / room.distances.length;
  };
  const typical = sampledMedian(variances);
  const score = (p: number): number =>
    neighbourDistance(scores, p * dimension) / Math.sqrt(variances[p] + typical);
  const step = sampleStep(n);
  const usual = Float64Array.from({ length: Math.ceil(n / step) }, (_, s) => score(s * step))
    .filter(Number.isFinite)
    .sort();
  const middle = usual[usual.length >> 1];
  const upper = usual[Math.floor(0.75 * usual.length)];
  const limit = middle + (UNLIKE * (upper - middle)) / 0.6745;
  // Triangle inequality: the mean distance of a pixel is at most its distance to the nearest landmark plus that
  // landmark's mean distance.
  const theirs = Float64Array.from({ length: index.size }, (_, l) =>
    neighbourDistance(landmarks, l * dimension),
  );
  const neighboursPerPixel = neighbours.length / n;
  const flags = new Uint8Array(n);
  for (let p = 0; p < n; p++) {
    const nearest = neighbours[p * neighboursPerPixel];
    let squared = 0;
    for (let i = 0; i < dimension; i++)
      squared += (scores[p * dimension + i] - landmarks[nearest * dimension + i]) ** 2;
    const most = SLACK * (Math.sqrt(squared) + theirs[nearest]);
    if (most > limit * Math.sqrt(variances[p] + typical) && score(p) > limit) flags[p] = 1;
  }
  return flags;
}

/** An odd step, so that no scan line is skipped. */
const sampleStep = (n: number): number => (n > SAMPLE ? Math.ceil(n / SAMPLE) | 1 : 1);

/** Median of some thousands of them, evenly spaced. */
export function sampledMedian(values: Float64Array): number {
  const step = sampleStep(values.length);
  return upperMedian(
    Float64Array.from({ length: Math.ceil(values.length / step) }, (_, s) => values[s * step]),
  );
}

/**
 * Mean distance of a pixel to its nearest landmarks. A landmark is not its own neighbour, so one neighbour less than
 * there are in `distances` counts, for other pixels as well.
 * @param distances to the nearest landmarks, ascending
 */
export function meanNeighbourDistance(distances: Float64Array): number {
  const n = distances.length - 1;
  const first = distances[0] === 0 ? 1 : 0;
  let sum = 0;
  for (let i = first; i < first + n; i++) sum += distances[i];
  return n > 0 ? sum / n : 0;
}

/**
 * Expected size of such a distance from the pixel's own noise and the typical one.
 * @param variance of the pixel's noise in one direction, where 1 is the scan's mean
 */
export const noiseScale = (variance: number): number => Math.sqrt(Math.min(variance, MOST_VARIANCE) + 1);

/**
 * Novelty of a pixel with respect to the landmarks, before division by the limit: the distance in units of the noise.
 */
export const noveltyScore = (distances: Float64Array, variance: number): number =>
  meanNeighbourDistance(distances) / noiseScale(variance);

/** Share of the landmarks themselves that count as novel. */
const FALSELY_NOVEL = 0.01;

/** Score from which a pixel is novel: the 99th percentile of the landmarks, each without itself as a neighbour. */
export function noveltyLimit(ofLandmarks: number[]): number {
  const sorted = Float64Array.from(ofLandmarks).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor((1 - FALSELY_NOVEL) * sorted.length))] ?? 0;
}

/** Fewest landmarks for a limit of their own for one exposure. */
const FEWEST_OF_DWELL = 50;

/** Pixels whose exposures differ by less than a factor of about 1.4 are judged together. */
const dwellClass = (exposure: number): number => Math.round(Math.log2(exposure));

/** `noveltyLimit` for each class of exposures that enough landmarks are of: [class, limit]. */
export type DwellLimits = [dwell: number, limit: number][];

/**
 * Limits of novelty for pixels of different exposures, as far as there are landmarks of them.
 * @param exposures of the landmarks
 */
export function dwellLimits(ofLandmarks: number[], exposures: ArrayLike<number>): DwellLimits {
  const byDwell = new Map<number, number[]>();
  ofLandmarks.forEach((value, i) => {
    const dwell = dwellClass(exposures[i]);
    const values = byDwell.get(dwell);
    if (values) values.push(value);
    else byDwell.set(dwell, [value]);
  });
  return [...byDwell]
    .filter(([, values]) => values.length >= FEWEST_OF_DWELL)
    .map(([dwell, values]) => [dwell, noveltyLimit(values)]);
}

/** The limit for a pixel: `limit` where its class of exposures has none. */
export function limitFor(exposure: number, limit: number, limits: DwellLimits): number {
  const own = dwellClass(exposure);
  return limits.find(([dwell]) => dwell === own)?.[1] ?? limit;
}

/** Score in units of the limit; 0 among identical landmarks. */
export const noveltyRatio = (score: number, limit: number): number => (limit > 0 ? score / limit : 0);

/**
 * Connected sets (8 neighbours) of flagged pixels on the scan, largest first; ties by their first pixel.
 * @param pixels row-major index of each flag, ascending
 * @returns positions in `pixels`
 */
export function components(flags: Uint8Array, pixels: ArrayLike<number>, columns: number): number[][] {
  const flagged: number[] = [];
  for (let i = 0; i < flags.length; i++) if (flags[i]) flagged.push(i);
  const open: number[] = [];
  const waiting = new Uint8Array(flagged.length).fill(1);
  /** Adds the flagged position of a pixel to the queue, once. */
  const reach = (pixel: number): void => {
    let low = 0;
    let high = flagged.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pixels[flagged[middle]] < pixel) low = middle + 1;
      else high = middle;
    }
    if (low === flagged.length || pixels[flagged[low]] !== pixel || !waiting[low]) return;
    waiting[low] = 0;
    open.push(flagged[low]);
  };
  const sets: number[][] = [];
  for (const first of flagged) {
    reach(pixels[first]);
    const set: number[] = [];
    for (let position = open.pop(); position !== undefined; position = open.pop()) {
      set.push(position);
      const pixel = pixels[position];
      const column = pixel % columns;
      for (const step of [-columns, 0, columns])
        for (const side of [-1, 0, 1])
          if (column + side >= 0 && column + side < columns) reach(pixel + step + side);
    }
    if (set.length > 0) sets.push(set.sort((a, b) => a - b));
  }
  return sets.sort((a, b) => b.length - a.length || a[0] - b[0]);
}
