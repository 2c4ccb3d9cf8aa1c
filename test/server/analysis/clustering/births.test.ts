import { describe, expect, it } from 'vitest';
import { findBirths } from '../../../../server/analysis/clustering/births.ts';
import { components, noveltyFlags } from '../../../../server/analysis/clustering/novelty.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const COLUMNS = 40;
const N = COLUMNS * COLUMNS;
const D = 3;

/** Two classes side by side, and some pixels elsewhere in the scores. */
function scan(seed: number, others: number[], place: (i: number) => [number, number, number]) {
  const normal = normals(seed);
  const labels = Int16Array.from({ length: N }, (_, p) => (p % COLUMNS < COLUMNS / 2 ? 0 : 1));
  const at = new Map(others.map((p, i) => [p, place(i)]));
  const scores = Float32Array.from({ length: N * D }, (_, i) => {
    const p = Math.floor(i / D);
    const centre = at.get(p) ?? [labels[p] * 12, 0, 0];
    return centre[i % D] + normal();
  });
  const variances = new Float64Array(N).fill(1);
  const all = Uint32Array.from({ length: N }, (_, p) => p);
  return findBirths({
    scores,
    dimension: D,
    variances,
    labels,
    classes: 2,
    landmarks: scores,
    neighbours: all,
    pixels: all,
    columns: COLUMNS,
  });
}

const PIECE = Array.from({ length: 16 }, (_, i) => (36 + (i >> 2)) * COLUMNS + 7 + (i & 3));
const SCATTERED = Array.from({ length: 12 }, (_, i) => (3 + 3 * i) * COLUMNS + ((7 * i) % 36) + 2);

describe('pixels unlike every class', () => {
  it.each([
    ['in one piece', PIECE],
    ['scattered', SCATTERED],
  ])('are one new class, %s, in ten scans of ten', (_, others) => {
    for (let seed = 1; seed <= 10; seed++) {
      const births = scan(seed, others, () => [6, 10, 0]);
      expect(births, `seed ${seed}`).toHaveLength(1);
      const hits = births[0].members.filter((p) => others.includes(p)).length;
      expect(hits / others.length).toBeGreaterThanOrEqual(0.75);
      expect(births[0].members.length - hits).toBeLessThanOrEqual(1);
      expect(Math.hypot(births[0].centre[0] - 6, births[0].centre[1] - 10)).toBeLessThan(1.5);
    }
  });

  it('are none when they are noise, in 40 scans', () => {
    let births = 0;
    for (let seed = 1; seed <= 40; seed++) births += scan(seed, [], () => [0, 0, 0]).length;
    expect(births).toBeLessThanOrEqual(2);
  });

  it('are none when they are mixtures of two classes, or too near to one', () => {
    for (let seed = 1; seed <= 10; seed++) {
      expect(scan(seed, PIECE, () => [6, 0, 0])).toEqual([]);
      expect(scan(seed, PIECE, () => [0, 3, 0])).toEqual([]);
    }
  });

  it('are none when they are fewer than six in a piece', () => {
    expect(scan(1, PIECE.slice(0, 4), () => [6, 10, 0])).toEqual([]);
  });
});

describe('noveltyFlags', () => {
  it('passes over no pixel for being near its nearest landmark', () => {
    const normal = normals(3);
    const scores = Float32Array.from({ length: N * D }, () => normal() ** 3);
    const variances = new Float64Array(N).fill(1);
    const landmarks = scores.subarray(0, 300 * D);
    const nearest = Array.from({ length: N }, (_, p) => {
      const distances = Array.from({ length: 300 }, (_, l) =>
        Math.hypot(...[0, 1, 2].map((i) => scores[p * D + i] - landmarks[l * D + i])),
      );
      return distances.indexOf(Math.min(...distances));
    });
    const flags = noveltyFlags(scores, D, variances, landmarks, nearest);
    expect(flags.reduce((sum, flag) => sum + flag, 0)).toBeGreaterThan(20);
    // What is told by a landmark far away rules nothing out.
    const far = nearest.reduce((most, l) => (scores[l * D] > scores[most * D] ? l : most), 0);
    expect(flags).toEqual(noveltyFlags(scores, D, variances, landmarks, new Uint16Array(N).fill(far)));
  });
});

describe('components', () => {
  it('touch at corners, and not across the border of the scan', () => {
    const pixels = Uint32Array.from({ length: 12 }, (_, i) => i);
    // 4 columns: 0 and 5 touch at a corner; 3 and 4 are a line apart.
    const flags = Uint8Array.of(1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0);
    expect(components(flags, pixels, 4)).toEqual([[0, 5], [3]]);
  });
});
