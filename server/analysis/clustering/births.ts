import { upperMedian } from '../math/median.ts';
import { components, noveltyFlags, sampledMedian } from './novelty.ts';

/** Fewest pixels of a new class: in one piece, or scattered (8, or 0.3 % of all). */
const PIECE = 6;
const SCATTERED = 8;
const SCATTERED_SHARE = 0.003;
/** Fewest standard deviations of a pixel's noise between a new class and every class and mixture of two. */
const DISTANCE = 5;
/** Improvement of the Bayesian information criterion from which one class is two. */
const BETTER = 10;
const MOST_BIRTHS = 4;
/** Squared distances from the middle of a piece, in units of the median one, that are still its own. */
const OUTSIDE = 4;

export interface BirthInput {
  /** n × dimension, in the order of pixels. */
  scores: Float32Array;
  dimension: number;
  /** Noise of each pixel in one direction. */
  variances: Float64Array;
  labels: ArrayLike<number>;
  classes: number;
  /** m × dimension */
  landmarks: Float32Array;
  /** Nearest landmarks of each pixel, the nearest first: n × as many as there are. */
  neighbours: ArrayLike<number>;
  /** Row-major index of each pixel, and columns of the scan. */
  pixels: ArrayLike<number>;
  columns: number;
}

/** A group of pixels unlike every class. */
export interface Birth {
  /** Positions in the order of pixels. */
  members: number[];
  /** Centre in the scores. */
  centre: Float64Array;
}

/**
 * Groups of pixels that k-means misses because they are small: unlike every landmark, in one piece or many, and farther
 * from every class and from every mixture of two of them than noise and the scatter of classes explain.
 */
export function findBirths(input: BirthInput): Birth[] {
  const { scores, dimension, variances, landmarks, neighbours, pixels, columns } = input;
  const flags = noveltyFlags(scores, dimension, variances, landmarks, neighbours);
  const pieces = components(flags, pixels, columns);
  const candidates = pieces.filter((piece) => piece.length >= PIECE);
  const rest = pieces.filter((piece) => piece.length < PIECE).flat();
  const fewest = Math.max(SCATTERED, SCATTERED_SHARE * variances.length);
  if (rest.length >= fewest) candidates.push(...alike(input, rest).filter((set) => set.length >= fewest));
  const births: Birth[] = [];
  const centres = classMeans(input);
  const typical = sampledMedian(variances);
  for (const candidate of candidates.slice(0, 8 * MOST_BIRTHS)) {
    if (births.length === MOST_BIRTHS) break;
    const members = core(input, candidate, typical);
    if (members.length < PIECE) continue;
    const centre = meanOf(input, members);
    if (!isSeparateClass(input, members, centre, centres)) continue;
    births.push({ members, centre });
    centres.push(centre);
  }
  return births;
}

const squared = (scores: Float32Array, p: number, centre: Float64Array, d: number): number => {
  let sum = 0;
  for (let i = 0; i < d; i++) sum += (scores[p * d + i] - centre[i]) ** 2;
  return sum;
};

/** Mean of the scores, weighted by precision. */
function meanOf({ scores, dimension: d, variances }: BirthInput, members: number[]): Float64Array {
  const sum = new Float64Array(d);
  let total = 0;
  for (const p of members) {
    const weight = 1 / variances[p];
    total += weight;
    for (let i = 0; i < d; i++) sum[i] += weight * scores[p * d + i];
  }
  return sum.map((value) => value / total);
}

/** `meanOf` all classes that have members. */
function classMeans({ scores, dimension: d, variances, labels, classes }: BirthInput): Float64Array[] {
  const sums = Array.from({ length: classes }, () => new Float64Array(d));
  const totals = new Float64Array(classes);
  for (let p = 0; p < variances.length; p++) {
    const label = labels[p];
    if (!(label >= 0 && label < classes)) continue;
    const weight = 1 / variances[p];
    totals[label] += weight;
    for (let i = 0; i < d; i++) sums[label][i] += weight * scores[p * d + i];
  }
  return sums
    .map((sum, label) => sum.map((value) => value / totals[label]))
    .filter((_, label) => totals[label] > 0);
}

/** Similar pixels of a piece: around its median, without the mixed pixels of its border. */
function core(input: BirthInput, piece: number[], typicalVariance: number): number[] {
  const { scores, dimension: d } = input;
  const centre = Float64Array.from({ length: d }, (_, i) =>
    upperMedian(Float64Array.from(piece, (p) => scores[p * d + i])),
  );
  const distances = piece.map((p) => squared(scores, p, centre, d));
  const typical = Math.max(upperMedian(Float64Array.from(distances)), d * typicalVariance);
  return piece.filter((_, i) => distances[i] <= OUTSIDE * typical);
}

/** Upper 0.1 % of χ² with d degrees of freedom (Wilson–Hilferty). */
const reach = (d: number): number => d * (1 - 2 / (9 * d) + 3.09 * Math.sqrt(2 / (9 * d))) ** 3;

/** Groups scattered pixels into sets whose members agree with the first one within noise. */
function alike(input: BirthInput, pixels: number[]): number[][] {
  const { scores, dimension: d, variances } = input;
  const sets: number[][] = [];
  for (const p of pixels) {
    const own = sets.find((set) => {
      const centre = Float64Array.from({ length: d }, (_, i) => scores[set[0] * d + i]);
      return squared(scores, p, centre, d) <= reach(d) * (variances[p] + variances[set[0]]);
    });
    if (own) own.push(p);
    else sets.push([p]);
  }
  return sets.sort((a, b) => b.length - a.length || a[0] - b[0]);
}

/** Whether a group is one more class: far from all mixtures of two, and divided from its nearest class by BIC. */
function isSeparateClass(
  { scores, dimension: d, variances, labels, classes }: BirthInput,
  members: number[],
  centre: Float64Array,
  centres: Float64Array[],
): boolean {
  const residual = nearestMixture(centre, centres);
  const distance = Math.hypot(...residual);
  const noise = Math.sqrt(upperMedian(Float64Array.from(members, (p) => variances[p])));
  if (!(distance >= DISTANCE * noise)) return false;
  // Along the line from the mixture to the group: its members, and all others of the classes they were in.
  const along = (p: number) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += (scores[p * d + i] - centre[i]) * residual[i];
    return sum / distance;
  };
  const inside = new Uint8Array(variances.length);
  const parents = new Uint8Array(classes);
  for (const p of members) {
    inside[p] = 1;
    parents[labels[p]] = 1;
  }
  const [own, others, both] = [new Moments(), new Moments(), new Moments()];
  const add = (p: number, part: Moments) => {
    const [value, weight] = [along(p), 1 / variances[p]];
    part.add(value, weight);
    both.add(value, weight);
  };
  for (const p of members) add(p, own);
  for (let p = 0; p < variances.length; p++) if (parents[labels[p]] && !inside[p]) add(p, others);
  const [a, b, all] = [own, others, both].map((part) => part.result());
  // A new class is a separate cluster, not the end of a gradient.
  if (distance < 3 * Math.sqrt(a.variance) || -b.mean < 3 * Math.sqrt(b.variance)) return false;
  const likelihood = (m: { n: number; variance: number }) => -m.n * Math.log(Math.max(m.variance, 1e-12));
  // Empty when a class consists of the group alone: then there is nothing to divide.
  if (b.n === 0) return false;
  const mixing = 2 * (a.n * Math.log(a.n / all.n) + b.n * Math.log(b.n / all.n));
  const gain = likelihood(a) + likelihood(b) + mixing - likelihood(all) - 3 * Math.log(all.n);
  return gain > BETTER;
}

/** Moments of values weighted by precision. */
class Moments {
  #n = 0;
  #total = 0;
  #first = 0;
  #second = 0;

  add(value: number, weight: number): void {
    this.#n++;
    this.#total += weight;
    this.#first += weight * value;
    this.#second += weight * value * value;
  }

  result(): { n: number; mean: number; variance: number } {
    if (!(this.#total > 0)) return { n: 0, mean: 0, variance: 0 };
    const mean = this.#first / this.#total;
    return { n: this.#n, mean, variance: Math.max(this.#second / this.#total - mean * mean, 0) };
  }
}

/** From the nearest point on any straight line between two centres to a point. */
function nearestMixture(point: Float64Array, centres: Float64Array[]): Float64Array {
  let best = new Float64Array(point.length);
  let least = Number.POSITIVE_INFINITY;
  for (let a = 0; a < centres.length; a++)
    for (let b = a; b < centres.length; b++) {
      const way = centres[b].map((value, i) => value - centres[a][i]);
      const length = way.reduce((sum, value) => sum + value * value, 0);
      const projection = way.reduce((sum, value, i) => sum + value * (point[i] - centres[a][i]), 0);
      const t = length > 0 ? Math.min(Math.max(projection / length, 0), 1) : 0;
      const residual = point.map((value, i) => value - centres[a][i] - t * way[i]);
      const distance = residual.reduce((sum, value) => sum + value * value, 0);
      if (distance >= least) continue;
      least = distance;
      best = residual;
    }
  return best;
}
