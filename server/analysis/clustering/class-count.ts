import { bestOf, SAMPLE_POINTS, sample } from './kmeans.ts';

/** Mean silhouette width of a labelling (Rousseeuw 1987); `distances` is n × n. */
function silhouette(distances: Float32Array, labels: Int16Array, k: number): number {
  const n = labels.length;
  const members = Array.from({ length: k }, () => [] as number[]);
  labels.forEach((label, p) => {
    members[label].push(p);
  });
  const classes = members.filter((set) => set.length > 0).map((set) => Uint16Array.from(set));
  let total = 0;
  for (const own of classes) {
    if (own.length < 2) continue;
    for (const p of own) {
      let within = 0;
      let between = Number.POSITIVE_INFINITY;
      for (const others of classes) {
        let sum = 0;
        for (let m = 0; m < others.length; m++) sum += distances[p * n + others[m]];
        if (others === own) within = sum / (own.length - 1);
        else between = Math.min(between, sum / others.length);
      }
      if (between < Number.POSITIVE_INFINITY) total += (between - within) / Math.max(between, within, 1e-300);
    }
  }
  return total / n;
}

const SILHOUETTE_TIE = 0.02;
/** Below this best silhouette there is one class. */
const NO_STRUCTURE = 0.15;

/**
 * Number of classes in 2…max whose k-means partition of a sample has the widest silhouette; 1 without structure. Of
 * near ties the largest: a phase split into two classes is easy to see, two merged phases are not. (On the measured
 * perovskite scan, where Ti falls gradually, the smallest merged both sides of the layer's edge for some seeds.)
 * @param tie silhouettes this close to the best count as equal; with 0 the widest decides, as it should while few
 *   pixels are known and many classes fit equally well
 */
export function chooseClassCount(
  points: Float32Array,
  dimension: number,
  max: number,
  seed: number,
  weights?: Float64Array,
  tie = SILHOUETTE_TIE,
): number {
  const sampled = sample(points, dimension, SAMPLE_POINTS, seed, weights);
  const n = sampled.length / dimension;
  const distances = new Float32Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) {
      let squared = 0;
      for (let c = 0; c < dimension; c++)
        squared += (sampled[i * dimension + c] - sampled[j * dimension + c]) ** 2;
      distances[i * n + j] = distances[j * n + i] = Math.sqrt(squared);
    }
  const widths: number[] = [];
  for (let k = 2; k <= Math.min(max, n - 1); k++) {
    widths.push(silhouette(distances, bestOf(2, sampled, dimension, k, seed, 40).labels, k));
  }
  const best = Math.max(...widths);
  if (!(best >= NO_STRUCTURE)) return 1;
  return 2 + widths.findLastIndex((width) => width >= best - tie);
}
