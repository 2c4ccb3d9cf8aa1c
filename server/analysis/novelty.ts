import { NeighbourIndex } from './neighbours.ts';

/** Share of the landmarks a pixel is compared with: more than a rare phase can have, so that it is not its own company. */
const COMPANY = 0.025;
const FEWEST = 15;
/** A pixel without precision is too uncertain to be like or unlike anything. */
const MOST_VARIANCE = 1e6;
/** Robust standard deviations above the median from which a pixel is unlike the others. */
const UNLIKE = 4;

/**
 * How unlike every landmark each pixel is: mean distance to its nearest landmarks (at least 15, or 2.5 % of them) in units
 * of what its own noise and theirs make of it.
 * @param scores n × dimension
 * @param variances of the noise of each pixel in one direction
 * @param landmarks m × dimension
 */
export function noveltyOf(
  scores: Float32Array,
  dimension: number,
  variances: Float64Array,
  landmarks: Float32Array,
): Float64Array {
  const index = new NeighbourIndex(landmarks, dimension);
  const room = NeighbourIndex.room(Math.min(Math.max(FEWEST, Math.ceil(COMPANY * index.size)), index.size));
  const typical = median(variances);
  return variances.map((variance, p) => {
    index.search(scores, p * dimension, room);
    const sum = room.distances.reduce((total, distance) => total + distance, 0);
    return sum / room.distances.length / Math.sqrt(variance + typical);
  });
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

/** Strangeness in units of the limit; nothing is novel among landmarks that are all the same. */
export const noveltyRatio = (strange: number, limit: number): number => (limit > 0 ? strange / limit : 0);

/** Pixels that stand out: beyond the median by 4 robust standard deviations of the upper half. */
export function standingOut(novelty: Float64Array): Uint8Array {
  const sorted = Float64Array.from(novelty.filter(Number.isFinite)).sort();
  const middle = sorted[sorted.length >> 1];
  const upper = sorted[Math.floor(0.75 * sorted.length)];
  const limit = middle + (UNLIKE * (upper - middle)) / 0.6745;
  return Uint8Array.from(novelty, (value) => (value > limit ? 1 : 0));
}

export function median(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/**
 * Connected sets (8 neighbours) of flagged pixels on the scan, largest first; ties by their first pixel.
 * @param pixels row-major index of each flag, ascending
 * @returns positions in `pixels`
 */
export function components(flags: Uint8Array, pixels: ArrayLike<number>, columns: number): number[][] {
  const at = new Map<number, number>();
  for (let i = 0; i < flags.length; i++) if (flags[i]) at.set(pixels[i], i);
  const sets: number[][] = [];
  for (const [first] of at) {
    if (!at.has(first)) continue;
    const set: number[] = [];
    const open = [first];
    while (open.length > 0) {
      const pixel = open.pop() as number;
      const position = at.get(pixel);
      if (position === undefined) continue;
      at.delete(pixel);
      set.push(position);
      const column = pixel % columns;
      for (const step of [-columns, 0, columns])
        for (const side of [-1, 0, 1])
          if (column + side >= 0 && column + side < columns) open.push(pixel + step + side);
    }
    sets.push(set.sort((a, b) => a - b));
  }
  return sets.sort((a, b) => b.length - a.length || a[0] - b[0]);
}
