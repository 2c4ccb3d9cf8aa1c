import { NeighbourIndex } from '../embedding/neighbours.ts';
import { upperMedian } from '../math/median.ts';

/** Share of the landmarks a pixel is compared with: more than a rare phase can have, so that it is not its own company. */
const COMPANY = 0.025;
const FEWEST = 15;
/** A pixel without precision is too uncertain to be like or unlike anything. */
const MOST_VARIANCE = 1e6;
/** Robust standard deviations above the median from which a pixel is unlike the others. */
const UNLIKE = 4;

/** Pixels that tell what is usual. */
const SAMPLE = 4096;
/** More than float32 distances are wrong by. */
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
export function standingOut(
  scores: Float32Array,
  dimension: number,
  variances: Float64Array,
  landmarks: Float32Array,
  neighbours: ArrayLike<number>,
): Uint8Array {
  const n = variances.length;
  const index = new NeighbourIndex(landmarks, dimension);
  const room = NeighbourIndex.room(Math.min(Math.max(FEWEST, Math.ceil(COMPANY * index.size)), index.size));
  const company = (points: Float32Array, from: number): number => {
    index.search(points, from, room);
    return room.distances.reduce((total, distance) => total + distance, 0) / room.distances.length;
  };
  const typical = typicalOf(variances);
  const strange = (p: number): number => company(scores, p * dimension) / Math.sqrt(variances[p] + typical);
  const step = sampleStep(n);
  const usual = Float64Array.from({ length: Math.ceil(n / step) }, (_, s) => strange(s * step))
    .filter(Number.isFinite)
    .sort();
  const middle = usual[usual.length >> 1];
  const upper = usual[Math.floor(0.75 * usual.length)];
  const limit = middle + (UNLIKE * (upper - middle)) / 0.6745;
  // No pixel is farther from the company of its nearest landmark than from that landmark and this one from them.
  const theirs = Float64Array.from({ length: index.size }, (_, l) => company(landmarks, l * dimension));
  const voters = neighbours.length / n;
  const flags = new Uint8Array(n);
  for (let p = 0; p < n; p++) {
    const nearest = neighbours[p * voters];
    let squared = 0;
    for (let i = 0; i < dimension; i++)
      squared += (scores[p * dimension + i] - landmarks[nearest * dimension + i]) ** 2;
    const most = SLACK * (Math.sqrt(squared) + theirs[nearest]);
    if (most > limit * Math.sqrt(variances[p] + typical) && strange(p) > limit) flags[p] = 1;
  }
  return flags;
}

/** An odd step, so that no line of the scan is passed over for its length. */
const sampleStep = (n: number): number => (n > SAMPLE ? Math.ceil(n / SAMPLE) | 1 : 1);

/** Median of some thousands of them, evenly spaced. */
export function typicalOf(values: Float64Array): number {
  const step = sampleStep(values.length);
  return upperMedian(
    Float64Array.from({ length: Math.ceil(values.length / step) }, (_, s) => values[s * step]),
  );
}

/**
 * Mean distance of a pixel to its nearest landmarks. The same for a landmark, which is not its own company, and for any
 * other pixel: one neighbour less than there are in `distances` counts.
 * @param distances to the nearest landmarks, ascending
 */
export function companyDistance(distances: Float64Array): number {
  const n = distances.length - 1;
  const first = distances[0] === 0 ? 1 : 0;
  let sum = 0;
  for (let i = first; i < first + n; i++) sum += distances[i];
  return n > 0 ? sum / n : 0;
}

/**
 * What a pixel's own noise and the typical one make of such a distance.
 * @param variance of the pixel's noise in one direction, where 1 is the scan's mean
 */
export const noiseScale = (variance: number): number => Math.sqrt(Math.min(variance, MOST_VARIANCE) + 1);

/** How unlike the landmarks a pixel is, the figure behind the novelty map: the distance in units of the noise. */
export const strangeness = (distances: Float64Array, variance: number): number =>
  companyDistance(distances) / noiseScale(variance);

/** Share of the landmarks themselves that count as novel. */
const FALSELY_NOVEL = 0.01;

/** Strangeness from which a pixel is novel: what 99 % of the landmarks, each left out of its own company, do not reach. */
export function noveltyLimit(ofLandmarks: number[]): number {
  const sorted = Float64Array.from(ofLandmarks).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor((1 - FALSELY_NOVEL) * sorted.length))] ?? 0;
}

/** Fewer landmarks than this do not tell what is usual for a class of exposures. */
const FEWEST_OF_DWELL = 50;

/** Pixels whose exposures differ by less than a factor of about 1.4 are judged alike. */
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

/** Strangeness in units of the limit; nothing is novel among landmarks that are all the same. */
export const noveltyRatio = (strange: number, limit: number): number => (limit > 0 ? strange / limit : 0);

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
  /** Opens the flagged position of a pixel, if there is one that waits. */
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
