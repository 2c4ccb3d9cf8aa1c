import { describe, expect, it } from 'vitest';
import { chooseClassCount } from '../../../../server/analysis/clustering/class-count.ts';
import { cluster, lloyd, miniBatchStep, refit } from '../../../../server/analysis/clustering/kmeans.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { oracle } from '../../../support/oracle.ts';

const fixture = oracle<{ kmeans: { points: number[][]; inertia: number } }>('analysis').kmeans;
const points = Float32Array.from(fixture.points.flat());

describe('k-means', () => {
  it('reaches the inertia of scikit-learn with ten starts, for every seed', () => {
    for (let seed = 0; seed < 10; seed++)
      expect(cluster(points, 2, 6, seed).inertia).toBeLessThanOrEqual(1.02 * fixture.inertia);
  });

  it('is the same for the same seed', () => {
    expect(cluster(points, 2, 5, 3)).toEqual(cluster(points, 2, 5, 3));
  });

  it('finds the number of well separated classes', () => {
    const separate = fixture.points
      .filter((_, i) => i < 180)
      .map(([x, y], i) => [x + 40 * Math.floor(i / 60), y]);
    expect(chooseClassCount(Float32Array.from(separate.flat()), 2, 15, 1)).toBe(3);
  });

  it('divides into more classes rather than fewer where that is nearly as good, unless the best shall decide', () => {
    // A ring falls into any number of arcs.
    const random = createRandom(1);
    const angles = Array.from({ length: 500 }, () => 2 * Math.PI * random());
    const ring = Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
    expect(chooseClassCount(ring, 2, 15, 1)).toBe(15);
    expect(chooseClassCount(ring, 2, 15, 1, undefined, 0)).toBe(8);
  });

  it('moves centres by mini-batches without ever freezing them', () => {
    const centres = Float64Array.of(0, 0);
    const counts = Float64Array.of(1e9);
    for (let i = 0; i < 4000; i++) miniBatchStep(Float32Array.of(10, -10), 2, [0], centres, counts);
    expect(centres[0]).toBeGreaterThan(8);
    expect(centres[1]).toBeLessThan(-8);
  });

  it('adopts fresh centres only when they are clearly better', () => {
    const good = cluster(points, 2, 6, 1);
    const inertia = (centres: Float64Array) => lloyd(points, 2, centres, 0).inertia;
    expect(refit(points, 2, good.centres, 2)).toEqual(good.centres);
    const bad = Float64Array.from({ length: 12 }, (_, i) => 100 + i);
    expect(inertia(refit(points, 2, bad, 2))).toBeLessThan(1.1 * good.inertia);
  });

  it('lets classes keep their numbers when fresh centres are adopted', () => {
    // Three blobs; the middle centre sits between two of them, so that fresh seeds win.
    const blobs = [0, 10, 30].flatMap((x) => Array.from({ length: 60 }, (_, i) => [x + 0.01 * i, 0]));
    const stuck = Float64Array.of(5, 0, 30.2, 0, 30.4, 0);
    const centres = refit(Float32Array.from(blobs.flat()), 2, stuck, 1);
    expect(Math.min(...[0.3, 10.3].map((x) => Math.abs(centres[0] - x)))).toBeLessThan(0.5);
    expect([centres[2], centres[4]].some((x) => Math.abs(x - 30.3) < 0.5)).toBe(true);
  });
});
