import fc from 'fast-check';
import { kmeans } from 'ml-kmeans';
import { describe, expect, it } from 'vitest';
import { clusterBy } from '../../../../server/analysis/clustering/cluster-by.ts';
import { cluster, lloyd } from '../../../../server/analysis/clustering/kmeans.ts';
import { clusterByMlKmeans } from '../../../../server/analysis/clustering/ml-kmeans.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { oracle } from '../../../support/oracle.ts';

const analysed = oracle<{ kmeans: { points: number[][]; inertia: number } }>('analysis').kmeans;
const scores = oracle<{ points: number[]; dimension: number; weights: number[] }>('classes');

/** Points around `groups` places, some of them twice. */
function blobs(n: number, dimension: number, groups: number, seed: number): Float32Array {
  const random = createRandom(seed);
  const middles = Array.from({ length: groups * dimension }, () => 8 * random());
  const points = new Float32Array(n * dimension);
  for (let p = 0; p < n; p++)
    for (let i = 0; i < dimension; i++)
      points[p * dimension + i] =
        p % 9 === 8 ? points[(p - 1) * dimension + i] : middles[(p % groups) * dimension + i] + random();
  return points;
}

const rowsOf = (points: Float32Array, dimension: number) =>
  Array.from({ length: points.length / dimension }, (_, p) => [
    ...points.subarray(p * dimension, (p + 1) * dimension),
  ]);

/** Both programs from every `n/k`-th point. */
function both(points: Float32Array, dimension: number, k: number) {
  const rows = rowsOf(points, dimension);
  const start = Array.from({ length: k }, (_, c) => rows[Math.floor((c * rows.length) / k)]);
  const own = lloyd(points, dimension, Float64Array.from(start.flat()), 1000);
  const other = kmeans(rows, k, { initialization: start, tolerance: 0, maxIterations: 1000 });
  expect(other.converged).toBe(true);
  const inertia = rows.reduce((sum, row, p) => {
    const centre = other.centroids[other.clusters[p]];
    return sum + row.reduce((squared, value, i) => squared + (value - centre[i]) ** 2, 0);
  }, 0);
  return { own, other: { labels: other.clusters, inertia } };
}

describe('our k-means and ml-kmeans, from the same centres', () => {
  it.each([
    ['points of the plane', Float32Array.from(analysed.points.flat()), 2, 6],
    ['scores of a simulated scan', Float32Array.from(scores.points), scores.dimension, 7],
    ['one dimension', blobs(300, 1, 3, 5), 1, 4],
    ['more centres than groups', blobs(200, 3, 2, 6), 3, 12],
  ])('give the same classes: %s', (_, points, dimension, k) => {
    const { own, other } = both(points, dimension, k);
    expect([...own.labels]).toEqual(other.labels);
    expect(Math.abs(own.inertia / other.inertia - 1)).toBeLessThan(1e-9);
  });

  it('give the same classes of any points', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        (n, dimension, k, seed) => {
          const { own, other } = both(blobs(n, dimension, 1 + (seed % 6), seed), dimension, k);
          expect([...own.labels]).toEqual(other.labels);
          expect(Math.abs(own.inertia - other.inertia)).toBeLessThanOrEqual(1e-9 * other.inertia);
        },
      ),
    );
  });
});

describe('classes by ml-kmeans', () => {
  const points = Float32Array.from(analysed.points.flat());

  it('reach the inertia of scikit-learn with ten starts, for every seed', () => {
    for (let seed = 0; seed < 5; seed++)
      expect(clusterByMlKmeans(points, 2, 6, seed).inertia).toBeLessThanOrEqual(1.02 * analysed.inertia);
    expect(clusterByMlKmeans(points, 2, 6, 3)).toEqual(clusterByMlKmeans(points, 2, 6, 3));
  });

  it('are as good as the built-in ones where points have weights', () => {
    const weights = Float64Array.from(scores.weights);
    const given = [Float32Array.from(scores.points), scores.dimension, 6, 1, weights] as const;
    expect(clusterByMlKmeans(...given).inertia).toBeLessThanOrEqual(1.01 * cluster(...given).inertia);
  });

  it('are found of a single point, and of points that are all alike', () => {
    expect(clusterByMlKmeans(Float32Array.of(3, 4), 2, 1, 1).centres).toEqual(Float64Array.of(3, 4));
    expect(clusterByMlKmeans(new Float32Array(40).fill(2), 2, 3, 1).inertia).toBe(0);
  });
});

describe('the program that finds classes', () => {
  it('is ml-kmeans for a first model, or where it is asked for, and built in otherwise', async () => {
    expect(await clusterBy('auto', true)).toBe(clusterByMlKmeans);
    expect(await clusterBy('auto')).toBe(cluster);
    expect(await clusterBy('ml-kmeans')).toBe(clusterByMlKmeans);
    expect(await clusterBy('built-in', true)).toBe(cluster);
  });
});
