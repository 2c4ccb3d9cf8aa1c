import { describe, expect, it } from 'vitest';
import { chooseClassCount, cluster, lloyd, miniBatchStep, refit } from '../../../server/analysis/kmeans.ts';
import { oracle } from '../../support/oracle.ts';

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

  it('sees no classes in one blob', () => {
    const grid = Array.from({ length: 400 }, (_, i) =>
      [Math.floor(i / 20), i % 20].map((v) => v / 20),
    ).flat();
    const { labels } = lloyd(Float32Array.from(grid), 2, Float64Array.of(0.5, 0.5));
    expect(new Set(labels)).toEqual(new Set([0]));
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
    expect(refit(points, 2, good.centres, 2).inertia).toBeLessThanOrEqual(good.inertia * (1 + 1e-9));
    const bad = Float64Array.from({ length: 12 }, (_, i) => 100 + i);
    expect(refit(points, 2, bad, 2).inertia).toBeLessThan(1.1 * good.inertia);
  });
});
