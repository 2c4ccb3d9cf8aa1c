import { UMAP } from 'umap-js';
import { describe, expect, it } from 'vitest';
import { fuzzyGraph, nearestTable } from '../../../../server/analysis/embedding/fuzzy-graph.ts';
import { NeighbourIndex } from '../../../../server/analysis/embedding/neighbours.ts';
import { Placement } from '../../../../server/analysis/embedding/placement.ts';
import { similarityCurve } from '../../../../server/analysis/embedding/similarity-curve.ts';
import {
  fitUmap,
  layOutBy,
  startFromScores,
  UMAP_DEFAULTS,
  type UmapOptions,
} from '../../../../server/analysis/embedding/umap.ts';
import { oracle } from '../../../support/oracle.ts';
import { trustworthiness } from '../../../support/trustworthiness.ts';

const fixture = oracle<{ umap: { points: number[][]; trustworthiness: number } }>('analysis').umap;
const d = fixture.points[0].length;
const scores = Float32Array.from(fixture.points.flat());
const start = startFromScores(scores, d, 1);
const embed = (options: Partial<UmapOptions> = {}) =>
  fitUmap(scores, d, start, { ...UMAP_DEFAULTS, seed: 1, ...options });

describe('fuzzyGraph', () => {
  /** umap-js's own graph, which it keeps to itself. */
  type Graph = { graph: { getAll(): { row: number; col: number; value: number }[] } };

  it.each([20, 5])('has the weights of umap-js, %d neighbours, alike points among them', (k) => {
    // Forty alike are more than any neighbourhood, three are fewer.
    const points = scores.slice();
    for (let i = 1; i < 40; i++) points.copyWithin(i * d, 0, d);
    for (let i = 101; i < 103; i++) points.copyWithin(i * d, 100 * d, 101 * d);
    const n = points.length / d;
    const nearest = nearestTable(points, d, k);
    const rows = (values: ArrayLike<number>) =>
      Array.from({ length: n }, (_, i) => Array.from({ length: k }, (_, j) => values[i * k + j]));
    const umap = new UMAP({ nNeighbors: k, nEpochs: 1 });
    umap.setPrecomputedKNN(rows(nearest.indices), rows(nearest.distances));
    umap.initializeFit(rows(nearest.indices));
    const expected = (umap as unknown as Graph).graph
      .getAll()
      .filter(({ value }) => value > 0)
      .map(({ row, col, value }): [string, number] => [`${row} ${col}`, value]);
    const graph = fuzzyGraph(nearest);
    const found = new Map<string, number>();
    for (let i = 0; i < n; i++)
      for (let at = graph.rows[i]; at < graph.rows[i + 1]; at++)
        found.set(`${i} ${graph.columns[at]}`, graph.weights[at]);
    expect(found.size).toBe(graph.columns.length);
    expect([...found.keys()].sort()).toEqual(expected.map(([edge]) => edge).sort());
    const worst = Math.max(...expected.map(([edge, weight]) => Math.abs((found.get(edge) ?? 0) - weight)));
    expect(worst).toBeLessThan(1e-6);
  });
});

describe('similarityCurve', () => {
  // find_ab_params of umap-learn 0.5.3, spread 1.
  it.each([
    [0.1, 1.57694346, 0.89506088],
    [0.25, 1.12143634, 1.05749988],
    [0.5, 0.58303002, 1.33416699],
  ])('has the parameters of umap-learn at %d', (minDist, a, b) => {
    const curve = similarityCurve(minDist);
    expect(Math.abs(curve.a / a - 1)).toBeLessThan(1e-5);
    expect(Math.abs(curve.b / b - 1)).toBeLessThan(1e-5);
  });
});

describe('fitUmap', () => {
  it('is as trustworthy as umap-learn, within 0.02', () => {
    expect(trustworthiness(scores, d, embed(), 15)).toBeGreaterThan(fixture.trustworthiness - 0.02);
  });

  it('is as trustworthy as umap-js, within 0.01, which can be asked for', async () => {
    const byUmapJs = embed({ library: await layOutBy('umap-js') });
    const trust = [embed(), byUmapJs].map((embedding) => trustworthiness(scores, d, embedding, 15));
    console.log(`trustworthiness ${trust[0].toFixed(4)}, umap-js ${trust[1].toFixed(4)}`);
    expect(trust[0]).toBeGreaterThan(trust[1] - 0.01);
    expect(byUmapJs).not.toEqual(embed());
  });

  it('is the same for the same seed, and another for another', () => {
    expect(embed()).toEqual(embed());
    expect(embed({ seed: 2 })).not.toEqual(embed());
  });
});

describe('Placement', () => {
  it('puts a pixel where its like are, whatever was placed before', () => {
    const embedding = embed();
    const placement = new Placement(scores, d, embedding);
    const once = new Float32Array(2);
    placement.place(scores, 7 * d, once, 0);
    const other = new Float32Array(2);
    placement.place(scores, 300 * d, other, 0);
    const again = new Float32Array(2);
    placement.place(scores, 7 * d, again, 0);
    expect(again).toEqual(once);
    expect(Math.hypot(once[0] - embedding[14], once[1] - embedding[15])).toBeLessThan(1.5);
    expect(once).not.toEqual(other);
  });

  it('survives landmarks that are all alike', () => {
    const same = new Float32Array(30 * 3).fill(2);
    const embedding = Float32Array.from({ length: 60 }, (_, i) => i);
    const place = new Float32Array(2);
    new Placement(same, 3, embedding).place(same, 0, place, 0);
    expect(place.every(Number.isFinite)).toBe(true);
  });
});

describe('NeighbourIndex', () => {
  it('finds what a full search finds', () => {
    const index = new NeighbourIndex(scores, d);
    const n = scores.length / d;
    for (let q = 0; q < n; q += 17) {
      const room = NeighbourIndex.createResult(9);
      index.search(scores, q * d, room);
      const all = Array.from({ length: n }, (_, i) => {
        let squared = 0;
        for (let c = 0; c < d; c++) squared += (scores[q * d + c] - scores[i * d + c]) ** 2;
        return { i, squared };
      }).sort((a, b) => a.squared - b.squared || a.i - b.i);
      expect(Array.from(room.indices)).toEqual(all.slice(0, 9).map(({ i }) => i));
      expect(room.distances[8]).toBeCloseTo(Math.sqrt(all[8].squared), 6);
    }
  });
});
