import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CovarianceAccumulator } from '../../../server/analysis/covariance.ts';
import { fuzzyGraph, nearestTable } from '../../../server/analysis/fuzzy-graph.ts';
import { type KernelSource, useKernels } from '../../../server/analysis/kernels.ts';
import { NeighbourIndex } from '../../../server/analysis/neighbours.ts';
import { Placement } from '../../../server/analysis/placement.ts';
import { PlacementWeights } from '../../../server/analysis/placement-weights.ts';
import { PowerCurve } from '../../../server/analysis/power-curve.ts';
import { prominence, SpikeScreen } from '../../../server/analysis/spike-screen.ts';
import { layOut } from '../../../server/analysis/umap-layout.ts';
import { loadKernels } from '../../../server/kernels/load.ts';

let kernels: KernelSource | undefined;
let asked = 0;

beforeAll(() => {
  const loaded = loadKernels();
  if (!loaded) return;
  kernels = (bytes) => {
    asked++;
    return loaded(bytes);
  };
});

afterAll(() => useKernels(undefined));

/** What `compute` gives by SIMD and without. */
function both<T>(compute: () => T): [T, T] {
  const before = asked;
  useKernels(kernels);
  const simd = compute();
  expect(asked).toBeGreaterThan(before);
  useKernels(undefined);
  return [simd, compute()];
}

/** Few values, so that ties and equal points are frequent, or any. */
const sample = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.float({ min: -1e6, max: 1e6, noNaN: true }),
  fc.float({ min: Math.fround(-1e-3), max: Math.fround(1e-3), noNaN: true }),
);

/** `rows` rows of `dimension` samples. */
const matrix = (rows: number, dimension: number) =>
  fc
    .array(sample, { minLength: rows * dimension, maxLength: rows * dimension })
    .map((values) => Float32Array.from(values));

const cloud = fc
  .record({ n: fc.integer({ min: 1, max: 60 }), d: fc.integer({ min: 2, max: 13 }) })
  .chain(({ n, d }) =>
    fc.record({
      d: fc.constant(d),
      points: matrix(n, d),
      queries: matrix(8, d),
      k: fc.integer({ min: 1, max: n }),
    }),
  );

describe('kernels and their twins give the same bytes:', () => {
  it('are there at all', () => {
    expect(kernels).toBeDefined();
  });

  it('nearest neighbours', () => {
    fc.assert(
      fc.property(cloud, ({ d, points, queries, k }) => {
        const [simd, twin] = both(() => {
          const index = new NeighbourIndex(points, d);
          const room = NeighbourIndex.room(k);
          return Array.from({ length: queries.length / d }, (_, q) => {
            index.search(queries, q * d, room);
            return [[...room.indices], [...room.distances]];
          });
        });
        expect(simd).toEqual(twin);
      }),
    );
  });

  it('weights of a placement', () => {
    const distance = fc.oneof(
      fc.constant(0),
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 1, max: 2, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(distance, { minLength: 1, maxLength: 20 }), (values) => {
        const distances = Float64Array.from(values).sort();
        const [simd, twin] = both(() => {
          const weights = new Float64Array(distances.length);
          new PlacementWeights(distances.length).of(distances, weights);
          return weights;
        });
        expect(simd).toEqual(twin);
        expect(twin.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
      }),
      { numRuns: 500 },
    );
  });

  it('placements', () => {
    fc.assert(
      fc.property(cloud, ({ d, points, queries }) => {
        const plane = Float32Array.from({ length: (2 * points.length) / d }, (_, i) => Math.sin(i));
        const [simd, twin] = both(() => {
          const placement = new Placement(points, d, plane);
          const places = new Float32Array((2 * queries.length) / d);
          for (let q = 0; q < queries.length / d; q++) placement.place(queries, q * d, places, 2 * q);
          return places;
        });
        expect(simd).toEqual(twin);
      }),
    );
  });

  it('layouts, with more and fewer planes than are arranged at once', () => {
    const started = cloud.chain(({ d, points, k }) =>
      matrix(points.length / d, 2).map((start) => ({ d, points, k, start })),
    );
    fc.assert(
      fc.property(
        started,
        fc.array(fc.integer(), { minLength: 1, maxLength: 6 }),
        ({ d, points, k, start }, seeds) => {
          const graph = fuzzyGraph(nearestTable(points, d, k));
          const options = { minDist: 0.1, epochs: 12, learningRate: 1 };
          const [simd, twin] = both(() => layOut(graph, start, { ...options, seeds }));
          expect(simd).toEqual(twin);
          expect(layOut(graph, start, { ...options, seeds: seeds.slice(-1) })).toEqual(twin.slice(-1));
        },
      ),
    );
  });

  it('power laws', () => {
    const channels = fc.array(
      fc.record({
        x: fc.double({ min: -3, max: 3, noNaN: true }),
        shape: fc.double({ min: 0, max: 2, noNaN: true }),
      }),
      { minLength: 1, maxLength: 30 },
    );
    const parameter = fc.double({ min: 0, max: 7, noNaN: true });
    fc.assert(
      fc.property(channels, parameter, parameter, (all, amplitude, exponent) => {
        const x = Float64Array.from(all, (channel) => channel.x);
        const shape = Float64Array.from(all, (channel) => channel.shape);
        const [simd, twin] = both(() => {
          const curve = new PowerCurve(x, shape);
          curve.evaluate(amplitude, exponent);
          return { law: [...curve.law.subarray(0, x.length)] };
        });
        expect(simd).toEqual(twin);
        twin.law.forEach((value, i) => {
          const wanted = amplitude * shape[i] * Math.exp(-exponent * x[i]);
          expect(Math.abs(value - wanted)).toBeLessThanOrEqual(1e-14 * Math.abs(wanted) + 1e-300);
        });
      }),
      { numRuns: 500 },
    );
  });

  it('samples that stand out', () => {
    const spectrum = fc.integer({ min: 1, max: 41 }).chain((channels) =>
      fc.record({
        channels: fc.constant(channels),
        spectra: matrix(3, channels),
        own: fc.integer({ min: 0, max: 2 }),
      }),
    );
    const limit = fc.oneof(
      fc.constant(Number.POSITIVE_INFINITY),
      fc.constant(Number.NEGATIVE_INFINITY),
      fc.float({ min: -2, max: 10, noNaN: true }),
    );
    fc.assert(
      fc.property(
        spectrum,
        fc.infiniteStream(limit),
        fc.boolean(),
        ({ channels, spectra, own }, any, tight) => {
          // Limits at the very prominence of the sample, or any.
          const limits = Float32Array.from({ length: channels }, (_, i) => {
            const free = any.next().value;
            return tight && i > 1 && i < channels - 2 ? prominence(spectra, own * channels + i) : free;
          });
          const [simd, twin] = both(() => {
            const screen = new SpikeScreen(limits);
            return [0, 1, 2].map((row) => {
              const count = screen.search(spectra, row * channels);
              return Array.from(screen.found.subarray(0, count));
            });
          });
          expect(simd).toEqual(twin);
          twin.forEach((found, row) => {
            for (let i = 2; i < channels - 2; i++)
              expect(found.includes(i)).toBe(prominence(spectra, row * channels + i) > limits[i]);
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('covariances', () => {
    const batches = fc.integer({ min: 1, max: 9 }).chain((p) =>
      fc
        .array(
          fc.integer({ min: 0, max: 70 }).chain((rows) => matrix(rows, p)),
          { minLength: 1, maxLength: 4 },
        )
        .map((data) => ({ p, data })),
    );
    fc.assert(
      fc.property(batches, ({ p, data }) => {
        const [simd, twin] = both(() => {
          const moments = new CovarianceAccumulator(p);
          for (const rows of data) moments.add(rows, rows.length / p);
          moments.remove(data[0], data[0].length / p);
          return { mean: [...moments.mean], covariance: [...moments.covariance()] };
        });
        expect(simd).toEqual(twin);
      }),
    );
  });
});

describe('weights of a placement', () => {
  it('add up to log2 k before they are brought to a sum of 1', () => {
    const distance = fc.double({ min: 0.1, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(distance, { minLength: 15, maxLength: 15 }), (values) => {
        const distances = Float64Array.from(values).sort();
        const weights = new Float64Array(15);
        new PlacementWeights(15).of(distances, weights);
        // σ from the ratio of two weights that differ.
        const far = distances.findIndex((d, i) => d > 1.01 * distances[0] && weights[i] > 1e-9);
        if (far < 0) return;
        const σ = (distances[far] - distances[0]) / Math.log(weights[0] / weights[far]);
        const sum = distances.reduce((total, d) => total + Math.exp(-d / σ), 0);
        expect(Math.abs(sum / Math.log2(15) - 1)).toBeLessThan(1e-5);
      }),
    );
  });
});
