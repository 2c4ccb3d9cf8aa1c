import { describe, expect, it } from 'vitest';
import { Placement } from '../../../../server/analysis/embedding/placement.ts';
import { applyTransform, similarity } from '../../../../server/analysis/embedding/procrustes.ts';
import {
  fitUmap,
  startFromScores,
  UMAP_DEFAULTS,
  WARM_UMAP,
} from '../../../../server/analysis/embedding/umap.ts';
import { oracle } from '../../../support/oracle.ts';
import { trustworthiness } from '../../../support/trustworthiness.ts';

const cases = oracle<
  { edge: string; dimension: number; landmarks: number[]; pixels: number[]; fit: number; placed: number }[]
>('embedding').map((one) => ({
  ...one,
  landmarks: Float32Array.from(one.landmarks),
  pixels: Float32Array.from(one.pixels),
}));

const fitted = (scores: Float32Array, d: number, seed: number) =>
  fitUmap(scores, d, startFromScores(scores, d, seed), { ...UMAP_DEFAULTS, seed });

function placed(pixels: Float32Array, d: number, placement: Placement): Float32Array {
  const embedding = new Float32Array((2 * pixels.length) / d);
  for (let i = 0; i < pixels.length / d; i++) placement.place(pixels, i * d, embedding, 2 * i);
  return embedding;
}

describe.each(cases)('$edge of the simulated anode, beside umap-learn', (one) => {
  const { dimension: d, landmarks, pixels } = one;

  it.each([1, 2])('landmarks and placed pixels are as trustworthy within 0.02, seed %d', (seed) => {
    const embedding = fitted(landmarks, d, seed);
    const fit = trustworthiness(landmarks, d, embedding, 15);
    const places = trustworthiness(pixels, d, placed(pixels, d, new Placement(landmarks, d, embedding)), 15);
    console.log(
      `${one.edge} seed ${seed}: fit ${fit.toFixed(4)} (umap-learn ${one.fit.toFixed(4)}), ` +
        `placement ${places.toFixed(4)} (${one.placed.toFixed(4)})`,
    );
    expect(fit).toBeGreaterThan(one.fit - 0.02);
    expect(places).toBeGreaterThan(one.placed - 0.02);
  });

  it('refits that know 1.7 times as many landmarks leave the old ones where they were', () => {
    // A scan grows row by row: the first landmarks are the upper part of the specimen.
    let known = Math.floor(landmarks.length / d / 1.7 ** 2);
    let scores = landmarks.subarray(0, known * d);
    let embedding = fitted(scores, d, 1);
    for (let growth = 0; growth < 2; growth++) {
      const grown = Math.min(Math.ceil(known * 1.7), landmarks.length / d);
      const start = placed(landmarks.subarray(0, grown * d), d, new Placement(scores, d, embedding));
      start.set(embedding);
      const before = embedding;
      scores = landmarks.subarray(0, grown * d);
      embedding = fitUmap(scores, d, start, { ...UMAP_DEFAULTS, ...WARM_UMAP, seed: 1 });
      const shown = embedding.slice(0, 2 * known);
      applyTransform(similarity(shown, before), shown);
      const moved = displacement(shown, before);
      console.log(`${one.edge}: ${known} → ${grown} landmarks, displacement/spread ${moved.toFixed(3)}`);
      expect(moved).toBeLessThanOrEqual(0.25);
      known = grown;
    }
  });
});

/** RMS distance of pairs over the RMS distance from the mean. */
function displacement(shown: Float32Array, before: Float32Array): number {
  const n = before.length / 2;
  let moved = 0;
  let [x, y, xx] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [px, py] = [before[2 * i], before[2 * i + 1]];
    moved += (shown[2 * i] - px) ** 2 + (shown[2 * i + 1] - py) ** 2;
    x += px / n;
    y += py / n;
    xx += (px * px + py * py) / n;
  }
  return Math.sqrt(moved / n / (xx - x * x - y * y));
}
