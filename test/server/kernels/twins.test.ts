import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { CovarianceAccumulator } from '../../../server/analysis/decomposition/covariance.ts';
import { fuzzyGraph, nearestTable } from '../../../server/analysis/embedding/fuzzy-graph.ts';
import { NeighbourIndex } from '../../../server/analysis/embedding/neighbours.ts';
import { Placement } from '../../../server/analysis/embedding/placement.ts';
import { PlacementWeights } from '../../../server/analysis/embedding/placement-weights.ts';
import { layOut } from '../../../server/analysis/embedding/umap-layout.ts';
import { LANES, LaneFft } from '../../../server/analysis/math/fft.ts';
import { useKernels } from '../../../server/analysis/math/kernels.ts';
import { both, kernels, matrix } from '../../support/kernel-twins.ts';

afterAll(() => useKernels(undefined));

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
          const room = NeighbourIndex.createResult(k);
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

  it('transforms there and back', () => {
    const cases = fc
      .integer({ min: 2, max: 8 })
      .map((bits) => 2 ** bits)
      .chain((length) => fc.tuple(fc.constant(length), matrix(2, (length / 2) * LANES)));
    fc.assert(
      fc.property(cases, ([length, values]) => {
        const half = (length / 2) * LANES;
        const [simd, twin] = both(() => {
          const fft = new LaneFft(length, 2);
          const { re, im } = fft.samples[1];
          re.set(values.subarray(0, half));
          im.set(values.subarray(half));
          fft.forwardPadded(1);
          const there = [re.slice(), im.slice()];
          fft.backward(1);
          return [...there, re.slice(), im.slice()];
        });
        expect(simd).toEqual(twin);
        const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        for (const [part, from] of [
          [twin[2], 0],
          [twin[3], half],
        ] as const)
          for (let i = 0; i < 2 * half; i++)
            expect(Math.abs(part[i] / length - (i < half ? values[from + i] : 0))).toBeLessThan(
              1e-12 * largest,
            );
      }),
      { numRuns: 40 },
    );
  });
});
