import { createRandom, hash32 } from '../math/random.ts';
import { CurvedPath } from './curved-path.ts';
import { dip, dipLimit } from './dip.ts';
import { bestOf, everyOther, nearestCentre } from './kmeans.ts';
import { hasValley } from './valley.ts';

/** Error of the tests of one division in two parts of the points. */
const ERROR = 0.2;
/** Random divisions, and how many of them must show a gap. */
const MOST_DIVISIONS = 8;
const ENOUGH = 2;
/** Points in all divisions together: the more there are, the less a division depends on chance. */
const DIVIDED_POINTS = 3000;
/** Most points used. */
const MOST_POINTS = 1500;
/** Most parts the points are divided in, and points that each of them is to have. */
const MOST_PARTS = 6;
const POINTS_PER_PART = 25;
/** A continuum in more equal steps than this, for instance one per column of the scan, is still a continuum. */
const STEPS = 12;
/** Steps that are farther apart than this, in standard deviations of the noise, are groups, however many there are. */
const FAR_APART = 10;

/**
 * Whether points fall apart into groups with fewer points between them than a continuum would have there. A random
 * third is divided by k-means into 2, 3, … parts; on the others, Hartigan's dip test along the path from centre to
 * centre and the counts in the valley between decide whether two neighbouring parts are two clusters. There is a gap
 * where, for some number of parts, not all of them are connected. The path follows the curvature of the points, so that
 * a curved continuum stays one. All lengths are blurred by a twelfth of the whole one, at most: a single cluster stays
 * single, and steps leave no gaps. Gaps must show in two of up to eight divisions, which depend less on chance than
 * one. The tests hold for the worst case, so that continua are called separate far more rarely than their error level:
 * test/science/detectors/continuum.ts counts. Needs points with isotropic noise: whitened scores, not a UMAP embedding,
 * which tears continua.
 * @param points n × dimension
 */
export function hasGaps(points: Float32Array, dimension: number, seed: number): boolean {
  const step = Math.ceil(points.length / dimension / MOST_POINTS) | 1;
  const some = step === 1 ? points : everyOther(points, dimension, step);
  const wanted = Math.ceil((DIVIDED_POINTS * dimension) / some.length);
  const divisions = Math.min(Math.max(wanted, ENOUGH), MOST_DIVISIONS);
  for (let division = 0, shown = 0; ENOUGH - shown <= divisions - division; division++)
    if (showsGap(some, dimension, hash32(seed, division)) && ++shown === ENOUGH) return true;
  return false;
}

function showsGap(points: Float32Array, dimension: number, seed: number): boolean {
  const { train, test } = divide(points, dimension, seed);
  const n = points.length / dimension;
  const most = Math.max(2, Math.min(MOST_PARTS, Math.floor(n / POINTS_PER_PART)));
  const blur = Math.min(widthOf(train, dimension, seed) / STEPS, FAR_APART);
  for (let parts = 2; parts <= most; parts++) {
    if (train.length / dimension < parts || test.length / dimension < parts) break;
    if (areDisconnected(train, test, dimension, parts, { error: ERROR / (most - 1), blur, seed }))
      return true;
  }
  return false;
}

/** One third of the points, and the others. */
function divide(points: Float32Array, d: number, seed: number) {
  const random = createRandom(hash32(seed, 0x6a9));
  const [train, test]: [number[], number[]] = [[], []];
  for (let p = 0; p < points.length / d; p++) (random() < 1 / 3 ? train : test).push(p);
  const of = (chosen: number[]) => {
    const own = new Float32Array(chosen.length * d);
    chosen.forEach((p, i) => {
      own.set(points.subarray(p * d, (p + 1) * d), i * d);
    });
    return own;
  };
  return { train: of(train), test: of(test) };
}

/** Whether the parts of `train` are not all connected by pairs that are one cluster in `test`. */
function areDisconnected(
  train: Float32Array,
  test: Float32Array,
  d: number,
  parts: number,
  { error, blur, seed }: { error: number; blur: number; seed: number },
): boolean {
  const { centres } = bestOf(3, train, d, parts, seed, 40);
  const random = createRandom(hash32(seed, parts));
  const blurred = (lengths: Float64Array) => lengths.map((length) => length + blur * random()).sort();
  const [known, judged] = [membersOf(train, d, centres), membersOf(test, d, centres)];
  const pairs: [number, number][] = [];
  for (let a = 0; a < parts; a++)
    for (let b = a + 1; b < parts; b++) if (areNeighbours(centres, d, a, b)) pairs.push([a, b]);
  const group = Array.from({ length: parts }, (_, part) => part);
  for (const [a, b] of pairs) {
    if (group[a] === group[b]) continue;
    const path = new CurvedPath(centres, d, a, b, test, [...judged[a], ...judged[b]]);
    const found = blurred(path.positionsAlong(test, [...judged[a], ...judged[b]]));
    const chosenOn = blurred(path.positionsAlong(train, [...known[a], ...known[b]]));
    if (found.length > 0 && areTwo(chosenOn, found, error / pairs.length)) continue;
    const [kept, gone] = [group[a], group[b]];
    for (let part = 0; part < parts; part++) if (group[part] === gone) group[part] = kept;
  }
  return group.some((one) => one !== group[0]);
}

/**
 * Length of the points in their longest direction, roughly: the arc length between halves, without the outermost
 * points.
 */
function widthOf(points: Float32Array, d: number, seed: number): number {
  const n = points.length / d;
  if (n < 2) return 0;
  const { centres } = bestOf(2, points, d, 2, seed, 40);
  const all = Array.from({ length: n }, (_, p) => p);
  const lengths = new CurvedPath(centres, d, 0, 1, points, all).positionsAlong(points, all);
  return lengths[Math.floor(0.98 * (n - 1))] - lengths[Math.ceil(0.02 * (n - 1))];
}

function membersOf(points: Float32Array, d: number, centres: Float64Array): number[][] {
  const members = Array.from({ length: centres.length / d }, () => [] as number[]);
  for (let p = 0; p < points.length / d; p++) members[nearestCentre(points, p * d, centres, d).label].push(p);
  return members;
}

/**
 * Two tests share the error: the dip is most sensitive to clusters of similar size, the valley to small ones beside
 * large ones.
 */
const areTwo = (chosenOn: Float64Array, found: Float64Array, error: number): boolean =>
  dip(found) > dipLimit(found.length, error / 2) || hasValley(chosenOn, found, error / 2);

/** Whether no third centre is nearer to the middle between two. */
function areNeighbours(centres: Float64Array, d: number, a: number, b: number): boolean {
  const middle = Float32Array.from({ length: d }, (_, i) => (centres[a * d + i] + centres[b * d + i]) / 2);
  const { label } = nearestCentre(middle, 0, centres, d);
  return label === a || label === b;
}
