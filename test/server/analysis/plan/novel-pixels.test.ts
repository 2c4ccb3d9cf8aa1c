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

it('takes the pixel that stands out most for novel in a coarse scan, but not in a fine one', () => {
  const side = 16;
  const normal = normals(7);
  const edges = ['C-K', 'O-K'].map((name) => {
    const edge = plannedEdge(name, side * side, () => undefined);
    edge.novelty.forEach((_, pixel) => {
      edge.novelty[pixel] = Math.hypot(normal(), normal()) / Math.sqrt(2 * Math.log(100));
    });
    edge.novelty[100] = 1.15;
    return edge;
  });
  const input = planInput([side, side], edges);
  expect(novelPixels(input)[100]).toBe(0);
  for (const { labels } of edges)
    labels.forEach((_, pixel) => {
      labels[pixel] = (pixel >> 1) % 3;
    });
  const coarse = novelPixels(input);
  expect(coarse[100]).toBe(1);
  expect(coarse.filter((worth) => worth > 0).length).toBeLessThanOrEqual(2);
});

it('sees nothing novel in traces, nor in what is well known', () => {
  for (const snr of [3, 40]) {
    const input = noise(2);
    for (const pixel of [650, 651, 714, 715])
      for (const edge of input.edges) {
        edge.snr.fill(20);
        edge.novelty[pixel] = 1.4;
      }
    expect(novelPixels(input)[650]).toBeGreaterThan(0.2);
    for (const pixel of [650, 651, 714, 715]) for (const edge of input.edges) edge.snr[pixel] = snr;
    expect(novelPixels(input)[650]).toBe(0);
  }
});
