import type { Random } from '../math/random.ts';

/**
 * Starting centres by greedy k-means++ (Arthur & Vassilvitskii, SODA 2007) of weighted points: each next centre is the
 * best of a few drawn with probability ∝ weight · squared distance to the nearest one, so that a small group far away
 * is not missed.
 * @param points n × dimension
 * @returns k × dimension
 */
export function weightedSeeds(
  points: Float32Array,
  dimension: number,
  k: number,
  weights: Float64Array | undefined,
  random: Random,
): Float64Array {
  const n = points.length / dimension;
  const centres = new Float64Array(k * dimension);
  const nearest = new Float64Array(n).fill(Number.POSITIVE_INFINITY);
  const chance = new Float64Array(n);
  for (let p = 0; p < n; p++) chance[p] = weights?.[p] ?? 1;
  const draw = (): number => {
    let total = 0;
    for (const value of chance) total += value;
    let left = random() * total;
    for (let p = 0; p < n; p++) {
      left -= chance[p];
      if (left < 0) return p;
    }
    return n - 1;
  };
  const squared = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < dimension; i++) sum += (points[a * dimension + i] - points[b * dimension + i]) ** 2;
    return sum;
  };
  const trials = 2 + Math.floor(Math.log(k));
  for (let c = 0; c < k; c++) {
    let chosen = draw();
    let least = Number.POSITIVE_INFINITY;
    for (let trial = 0, at = chosen; c > 0 && trial < trials; trial++, at = draw()) {
      let potential = 0;
      for (let p = 0; p < n; p++) potential += (weights?.[p] ?? 1) * Math.min(nearest[p], squared(p, at));
      if (potential >= least) continue;
      least = potential;
      chosen = at;
    }
    for (let i = 0; i < dimension; i++) centres[c * dimension + i] = points[chosen * dimension + i];
    for (let p = 0; p < n; p++) {
      nearest[p] = Math.min(nearest[p], squared(p, chosen));
      chance[p] = (weights?.[p] ?? 1) * nearest[p];
    }
  }
  return centres;
}
