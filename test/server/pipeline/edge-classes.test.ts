import { describe, expect, it } from 'vitest';
import { SteadyCount } from '../../../server/analysis/clustering/steady-count.ts';
import {
  agreementOf,
  type ClassOptions,
  findClasses,
  type PresentPixels,
} from '../../../server/pipeline/fit/edge-classes.ts';
import { oracle } from '../../support/oracle.ts';
import { normals } from '../../support/synthetic-cube.ts';

const fixture = oracle<{ points: number[]; dimension: number; weights: number[]; inertia: number[] }>(
  'classes',
);
const OPTIONS: ClassOptions = { classes: 'auto', classesIn: 'scores', seed: 1, alike: false };

/** Blobs in four dimensions, with a plane that shows the same blobs. */
function blobs(places: number[], each: number, wide = 1): PresentPixels {
  const normal = normals(4);
  const n = places.length * each;
  const scores = new Float32Array(4 * n);
  const embedding = new Float32Array(2 * n);
  for (let p = 0; p < n; p++) {
    const x = places[p % places.length];
    for (let i = 0; i < 4; i++) scores[4 * p + i] = (i === 0 ? x : 0) + wide * normal();
    embedding.set([scores[4 * p], scores[4 * p + 1]], 2 * p);
  }
  return {
    scores,
    dimension: 4,
    precisions: new Float64Array(n).fill(1),
    neighbours: new Uint16Array(0),
    embedding,
  };
}

describe('classes of the scores of a simulated scan', () => {
  const pixels: PresentPixels = {
    scores: Float32Array.from(fixture.points),
    dimension: fixture.dimension,
    precisions: Float64Array.from(fixture.weights),
    neighbours: new Uint16Array(0),
  };

  it('have an inertia within 2 % of scikit-learn with ten starts, whatever their number', () => {
    fixture.inertia.forEach((best, i) => {
      const { centres } = findClasses(pixels, { ...OPTIONS, classes: i + 2 });
      const { scores, dimension: d } = pixels;
      let inertia = 0;
      fixture.weights.forEach((weight, p) => {
        let least = Number.POSITIVE_INFINITY;
        for (let c = 0; c < centres.length; c += d) {
          let squared = 0;
          for (let j = 0; j < d; j++) squared += (scores[p * d + j] - centres[c + j]) ** 2;
          least = Math.min(least, squared);
        }
        inertia += weight * least;
      });
      expect(inertia / best, `${i + 2} classes`).toBeLessThanOrEqual(1.02);
    });
  });
});

it('as many classes as were asked for are found, and no more than 15 without being asked', () => {
  const seen = blobs(
    Array.from({ length: 20 }, (_, i) => 40 * i),
    30,
  );
  const count = (classes: ClassOptions['classes']) =>
    findClasses(seen, { ...OPTIONS, classes }).centres.length / 4;
  expect(count(20)).toBe(20);
  expect(count('auto')).toBe(15);
});

describe('the number of classes on screen', () => {
  it('is what decisions on three samples make of it', () => {
    const clear = blobs([0, 20, 40, 60], 80);
    const count = (pixels: PresentPixels, shown: number | undefined, seed = 1) => {
      const steady = new SteadyCount();
      if (shown !== undefined) steady.show(shown);
      return findClasses(pixels, { ...OPTIONS, seed, count: steady }).centres.length / pixels.dimension;
    };
    expect(findClasses(clear, OPTIONS).centres.length / 4).toBe(4);
    expect(count(clear, 2), 'more are shown when two agree').toBe(4);
    expect(count(clear, 9), 'fewer when four do').toBe(9);
    // A class stands for 75 pixels at least while there are few.
    expect(count(blobs([0, 20, 40, 60], 50), undefined)).toBe(2);
  });
});

describe('the agreement of two ways', () => {
  it('is one where both find the same, and low where the plane shows something else', () => {
    const both = blobs([0, 20, 40], 100);
    expect(findClasses(both, OPTIONS).agreement).toBeCloseTo(1, 6);
    const normal = normals(9);
    const noise = { ...both, embedding: Float32Array.from(both.embedding ?? [], () => normal()) };
    expect(findClasses(noise, OPTIONS).agreement).toBeLessThan(0.1);
    expect(findClasses(both, { ...OPTIONS, alike: true }).agreement).toBeUndefined();
  });

  it('does not care about names', () => {
    expect(agreementOf(Int16Array.of(0, 0, 1, 1, 2, 2), Int16Array.of(2, 2, 0, 0, 1, 1))).toBeCloseTo(1, 12);
  });
});
