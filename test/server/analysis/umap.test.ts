import { describe, expect, it } from 'vitest';
import { NeighbourIndex } from '../../../server/analysis/neighbours.ts';
import { fitUmap, Placement, startFromScores, UMAP_DEFAULTS } from '../../../server/analysis/umap.ts';
import { oracle } from '../../support/oracle.ts';
import { trustworthiness } from '../../support/trustworthiness.ts';

const fixture = oracle<{ umap: { points: number[][]; trustworthiness: number } }>('analysis').umap;
const d = fixture.points[0].length;
const scores = Float32Array.from(fixture.points.flat());
const embed = () => fitUmap(scores, d, startFromScores(scores, d, 1), { ...UMAP_DEFAULTS, seed: 1 });

describe('fitUmap', () => {
  it('is as trustworthy as umap-learn, within 0.02', () => {
    expect(trustworthiness(scores, d, embed(), 15)).toBeGreaterThan(fixture.trustworthiness - 0.02);
  });

  it('is the same for the same seed', () => {
    expect(embed()).toEqual(embed());
  });
});

describe('Placement', () => {
  it('puts a pixel where its like are, whatever was placed before', () => {
    const plane = embed();
    const placement = new Placement(scores, d, plane);
    const once = new Float32Array(2);
    placement.place(scores, 7 * d, once, 0);
    const other = new Float32Array(2);
    placement.place(scores, 300 * d, other, 0);
    const again = new Float32Array(2);
    placement.place(scores, 7 * d, again, 0);
    expect(again).toEqual(once);
    expect(Math.hypot(once[0] - plane[14], once[1] - plane[15])).toBeLessThan(1.5);
    expect(once).not.toEqual(other);
  });

  it('survives landmarks that are all alike', () => {
    const same = new Float32Array(30 * 3).fill(2);
    const plane = Float32Array.from({ length: 60 }, (_, i) => i);
    const place = new Float32Array(2);
    new Placement(same, 3, plane).place(same, 0, place, 0);
    expect(place.every(Number.isFinite)).toBe(true);
  });
});

describe('NeighbourIndex', () => {
  it('finds what a full search finds', () => {
    const index = new NeighbourIndex(scores, d);
    const n = scores.length / d;
    for (let q = 0; q < n; q += 17) {
      const room = NeighbourIndex.room(9);
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
