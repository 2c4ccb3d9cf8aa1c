import { kmeans } from 'ml-kmeans';
import { type Clustering, cluster, SEED_ITERATIONS, type Starts } from './kmeans.ts';

/** Centres found by ml-kmeans from its own k-means++; without weights. */
const startsOfMlKmeans: Starts = (points, dimension, k) => {
  const rows = Array.from({ length: points.length / dimension }, (_, p) =>
    Array.from(points.subarray(p * dimension, (p + 1) * dimension)),
  );
  const options = { maxIterations: SEED_ITERATIONS, tolerance: 0 };
  return (seed) => Float64Array.from(kmeans(rows, k, { ...options, seed }).centroids.flat());
};

/**
 * `cluster`, started by ml-kmeans. The iterations that finish it are the built-in ones, which weigh points.
 * @param k at most n
 * @param weights one per point
 */
export const clusterByMlKmeans = (
  points: Float32Array,
  dimension: number,
  k: number,
  seed: number,
  weights?: Float64Array,
): Clustering => cluster(points, dimension, k, seed, weights, startsOfMlKmeans);
