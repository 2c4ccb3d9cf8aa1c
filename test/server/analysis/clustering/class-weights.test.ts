import { describe, expect, it } from 'vitest';
import { classLikelihood, classMeans } from '../../../../server/analysis/clustering/class-likelihood.ts';
import {
  classWeights,
  dwellGain,
  pixelWeight,
} from '../../../../server/analysis/clustering/class-weights.ts';
import { cluster, lloyd } from '../../../../server/analysis/clustering/kmeans.ts';
import {
  likeliestClasses,
  type UnevenPixels,
} from '../../../../server/analysis/clustering/likeliest-classes.ts';
import { meanVariance } from '../../../../server/analysis/decomposition/score-noise.ts';
import { adjustedRandIndex } from '../../../support/agreement.ts';
import { oracle } from '../../../support/oracle.ts';
import { normals } from '../../../support/synthetic-cube.ts';

interface Fixture {
  dimension: number;
  points: number[];
  dwells: number[];
  noise: number;
  weightScatter: number;
  weights: number[];
  centres: number[][];
  inertia: number;
  scatter: number;
  logLikelihood: number;
}
const fixture = oracle<Fixture>('class-weights');
const points = Float32Array.from(fixture.points);
const variances = Float64Array.from(fixture.dwells, (dwells) => fixture.noise / dwells);

describe('what the dwells of a pixel count for', () => {
  it('is one over the variance about the middle of its class, as numpy has it', () => {
    fixture.dwells.forEach((dwells, p) => {
      const gain = dwellGain(variances[p], dwells, fixture.weightScatter);
      expect(gain).toBeCloseTo(fixture.weights[p], 12);
      expect(pixelWeight(1 / variances[p], 1, dwells, fixture.weightScatter, false)).toBeCloseTo(gain, 12);
    });
  });

  it('grows as the dwells where noise dominates, and levels off where the class scatters more', () => {
    expect(dwellGain(0.25, 4, 0)).toBe(4);
    expect(dwellGain(0.25, 4, 1e-9)).toBeCloseTo(4, 6);
    expect(dwellGain(0.25, 4, 1e9)).toBeCloseTo(1, 6);
    expect(dwellGain(0.25, 4, 0.75)).toBeCloseTo(1.75, 12);
    // A pixel that nothing is known of.
    expect(dwellGain(Number.POSITIVE_INFINITY, 4, 1)).toBe(4);
  });

  it('is nothing where all pixels are exposed alike', () => {
    const precisions = Float64Array.from([1, 2, 0, 5]);
    for (const scatter of [0, 0.3, 7]) {
      expect(classWeights({ precisions }, false, scatter)).toEqual({ noise: 1 });
      const { weights } = classWeights({ precisions }, true, scatter);
      expect(weights).toEqual(precisions.map((precision) => precision / 2));
      const ones = { precisions, exposures: Float32Array.from([1, 1, 1, 1]) };
      classWeights(ones, true, scatter).weights?.forEach((weight, p) => {
        expect(weight).toBeCloseTo(precisions[p] / 2, 12);
      });
    }
  });

  it('adds to how exactly pixels are known in the scores, and its mean noise is that of these weights', () => {
    // Four times the exposure, a quarter of the variance.
    const pixels = { precisions: Float64Array.from([1, 1, 4]), exposures: Float32Array.from([1, 1, 4]) };
    const ofNoise = classWeights(pixels, true, 0);
    expect(ofNoise.weights).toEqual(Float64Array.from([0.5, 0.5, 2]));
    // In units of the mean noise, which is 1/2.
    expect(ofNoise.noise).toBeCloseTo((0.5 * 2 + 0.5 * 2 + 2 * 0.5) / 3, 12);
    expect(classWeights(pixels, false, 0).noise).toBeCloseTo(1, 12);
    const levelled = classWeights(pixels, true, 1e9);
    levelled.weights?.forEach((weight) => {
      expect(weight).toBeCloseTo(1, 6);
    });
    expect(levelled.noise).toBeCloseTo((2 + 2 + 0.5) / 3, 6);
    const unknown = { precisions: new Float64Array(3), exposures: pixels.exposures };
    expect(classWeights(unknown, true, 1)).toEqual({ noise: 1 });
  });
});

describe('classes of points that are not known equally well', () => {
  const { weights, dimension } = fixture;
  const found = cluster(points, dimension, 3, 1, Float64Array.from(weights));

  it('have the centres that scikit-learn finds with these weights', () => {
    expect(found.inertia / fixture.inertia).toBeCloseTo(1, 9);
    for (const centre of fixture.centres) {
      const off = [0, 1, 2].map((a) =>
        Math.hypot(...centre.map((value, i) => value - found.centres[a * dimension + i])),
      );
      expect(Math.min(...off)).toBeLessThan(1e-6);
    }
  });

  it('are as likely as scipy says, and scatter as much', () => {
    const classed = { scores: points, dimension, labels: found.labels };
    const means = classMeans(classed, weights, 3);
    means.forEach((value, at) => {
      expect(value).toBeCloseTo(found.centres[at], 9);
    });
    const { scatter, logLikelihood } = classLikelihood(means, classed, variances);
    expect(scatter).toBeCloseTo(fixture.scatter, 9);
    expect(logLikelihood).toBeCloseTo(fixture.logLikelihood, 9);
    // Points of which nothing is known, and classes without points, change nothing.
    const more = {
      scores: Float32Array.from([...points, 99, 99, 99, 99]),
      dimension,
      labels: [...found.labels, 0],
    };
    const beside = classLikelihood(
      Float64Array.from([...means, Number.NaN, Number.NaN, Number.NaN, Number.NaN]),
      more,
      Float64Array.from([...variances, Number.POSITIVE_INFINITY]),
    );
    expect(beside.logLikelihood).toBeCloseTo(logLikelihood, 12);
  });
});

/** Two heaps of points in two dimensions; the first ones of the large heap are exposed for longer. */
function heaps(seed: number, large: number, small: number, apart: number, scatter: number, noise: number) {
  const normal = normals(seed);
  const n = large + small;
  const truth = Array.from({ length: n }, (_, p) => (p < large ? 0 : 1));
  const exposures = Float32Array.from(truth, (_, p) => (p < 0.8 * large ? 9 : 1));
  const precisions = Float64Array.from(exposures, (dwells) => dwells / noise);
  // Scores are in units of the mean noise.
  const unit = Math.sqrt(meanVariance(precisions, exposures));
  const scores = new Float32Array(2 * n);
  for (let p = 0; p < n; p++) {
    const spread = Math.sqrt(scatter + noise / exposures[p]);
    scores[2 * p] = (spread * normal()) / unit;
    scores[2 * p + 1] = (truth[p] * apart + spread * normal()) / unit;
  }
  const pixels: UnevenPixels = {
    points: scores,
    d: 2,
    inScores: true,
    scores,
    dimension: 2,
    precisions,
    exposures,
  };
  const agreement = ({ centres, scatter = 0 }: { centres?: Float64Array; scatter?: number }) => {
    const { weights } = classWeights(pixels, true, scatter);
    const { labels } = centres
      ? lloyd(scores, 2, centres, undefined, weights)
      : cluster(scores, 2, 2, 1, weights);
    return adjustedRandIndex(Array.from(labels), truth);
  };
  return { pixels, agreement };
}

describe('the likeliest classes of pixels that are not exposed alike', () => {
  it('keep a small class that was not exposed for longer, where classes scatter more than noise', () => {
    for (const seed of [1, 2, 3]) {
      const { pixels, agreement } = heaps(seed, 500, 30, 8, 1, 0.5);
      const found = likeliestClasses(pixels, 2, 1);
      expect(found.scatter).toBeGreaterThan(0);
      expect(agreement(found)).toBeGreaterThan(0.95);
      // Weighed by dwells alone, the large class is divided instead.
      expect(agreement({})).toBeLessThan(0.5);
    }
  });

  it('are as good as those of pixels weighed by their dwells, where noise dominates', () => {
    for (const seed of [1, 2, 3]) {
      const { pixels, agreement } = heaps(seed, 300, 300, 4, 0.01, 9);
      const found = agreement(likeliestClasses(pixels, 2, 1));
      expect(found).toBeGreaterThan(agreement({}) - 0.02);
      expect(found).toBeGreaterThan(agreement({ scatter: 1e9 }));
    }
  });
});
