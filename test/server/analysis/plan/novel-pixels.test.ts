import { expect, it } from 'vitest';
import { novelPixels } from '../../../../server/analysis/plan/novel-pixels.ts';
import { planInput, plannedEdge } from '../../../support/plan-input.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const SIDE = 64;
const PIXELS = SIDE * SIDE;

/** Two edges whose novelty is what noise in two directions makes of it: one pixel in a hundred is beyond the limit. */
function noise(seed: number) {
  const normal = normals(seed);
  const edges = ['C-K', 'O-K'].map((name) => {
    const edge = plannedEdge(name, PIXELS, () => undefined);
    edge.novelty.forEach((_, pixel) => {
      edge.novelty[pixel] = Math.hypot(normal(), normal()) / Math.sqrt(2 * Math.log(100));
    });
    return edge;
  });
  return planInput([SIDE, SIDE], edges);
}

it('takes what noise makes for novel in at most one scan of ten', () => {
  const scans = Array.from({ length: 30 }, (_, seed) => novelPixels(noise(seed + 1)));
  const fooled = scans.filter((worth) => worth.some((value) => value > 0));
  expect(fooled.length).toBeLessThanOrEqual(6);
});

it('sees four pixels together, and one that stands out in both edges a little', () => {
  const input = noise(2);
  for (const pixel of [650, 651, 714, 715]) input.edges[0].novelty[pixel] = 1.1;
  for (const { novelty } of input.edges) novelty[2000] = 1.5;
  const worth = novelPixels(input);
  for (const pixel of [650, 651, 714, 715, 2000]) expect(worth[pixel]).toBeGreaterThan(0.2);
  expect(worth.filter((value) => value > 0).length).toBeLessThanOrEqual(7);
});

it('knows nothing of pixels that no edge has judged', () => {
  const input = noise(3);
  for (const { labels } of input.edges) labels[5] = -2;
  expect(novelPixels(input)[5]).toBeNaN();
});
