import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { prominence, SpikeScreen } from '../../../server/analysis/detector/spike-screen.ts';
import { useKernels } from '../../../server/analysis/math/kernels.ts';
import { SpectrumBlock } from '../../../server/analysis/windows/spectrum-block.ts';
import { WindowBlock } from '../../../server/analysis/windows/window-block.ts';
import { both, matrix } from '../../support/kernel-twins.ts';

afterAll(() => useKernels(undefined));

describe('kernels and their twins give the same bytes:', () => {
  it('what spectra add up to', () => {
    const rows = 7;
    const spectra = fc.integer({ min: 1, max: 41 }).chain((width) =>
      fc.record({
        width: fc.constant(width),
        data: matrix(rows, width),
        spoilt: fc.array(fc.nat(rows * width - 1), { maxLength: 3 }),
        from: fc.integer({ min: 0, max: rows }),
      }),
    );
    fc.assert(
      fc.property(spectra, ({ width, data, spoilt, from }) => {
        for (const at of spoilt) data[at] = at % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
        const [simd, twin] = both(() => {
          const block = new SpectrumBlock(width);
          block.load(data, 0, rows);
          block.add(from, rows);
          block.add(0, from);
          return [block.totals, block.least, block.most, block.sums].map((values) => values.slice());
        });
        expect(simd).toEqual(twin);
        for (let row = 0; row < rows; row++) {
          const own = data.slice(row * width, (row + 1) * width);
          const total = own.reduce((sum, y) => sum + y, 0);
          const sizes = own.reduce((sum, y) => sum + Math.abs(y), 0);
          expect(Number.isFinite(twin[0][row])).toBe(own.every(Number.isFinite));
          if (!Number.isFinite(total)) continue;
          expect(Math.abs(twin[0][row] - total)).toBeLessThanOrEqual(1e-14 * sizes);
          expect(twin[1][row]).toBe(own.reduce((least, y) => (y < least ? y : least), 0));
          expect(twin[2][row]).toBe(own.reduce((most, y) => (y > most ? y : most), 0));
        }
      }),
    );
  });

  it('moments, backgrounds and net counts of an edge', () => {
    const rows = 5;
    const cases = fc
      .record({
        fitChannels: fc.integer({ min: 0, max: 9 }),
        gap: fc.integer({ min: 0, max: 3 }),
        group: fc.integer({ min: 1, max: 3 }),
        features: fc.integer({ min: 1, max: 9 }),
        left: fc.integer({ min: 0, max: 2 }),
      })
      .chain((sizes) => {
        const width = sizes.fitChannels + sizes.gap + sizes.group * sizes.features + sizes.left;
        return fc.record({
          sizes: fc.constant({ ...sizes, width }),
          data: matrix(rows, width),
          x: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: width, maxLength: width }),
          scales: fc.array(fc.double({ min: 0, max: 7, noNaN: true }), {
            minLength: 2 * rows,
            maxLength: 2 * rows,
          }),
          count: fc.integer({ min: 1, max: rows }),
        });
      });
    fc.assert(
      fc.property(cases, ({ sizes, data, x, scales, count }) => {
        const { width, fitChannels, gap, group, features } = sizes;
        const shape = Float64Array.from(x, (value) => 1 + 0.1 * value);
        const used = Array.from({ length: fitChannels }, (_, i) => i).filter((i) => i % 4 !== 2);
        const [simd, twin] = both(() => {
          const block = new WindowBlock({
            firstChannel: 3,
            endChannel: 3 + width,
            fitChannels,
            signalStart: fitChannels + gap,
            logEnergy: Float64Array.from(x),
            channelsPerFeature: group,
            features,
          });
          block.follow(Float64Array.from(x), shape, used);
          block.load(data, 0, count);
          block.scales.set(scales);
          block.divisors.set(scales.map((value) => value + 1));
          block.findMoments(count);
          block.findLaws(count, 0);
          block.findNet(count);
          const { moments, laws, net, intensities, stride } = block;
          return { stride, results: [moments, laws, net, intensities].map((values) => values.slice()) };
        });
        expect(simd).toEqual(twin);
        const [moments, laws, net, intensities] = twin.results;
        for (let row = 0; row < count; row++) {
          const y = (i: number) => data[row * width + i];
          const law = (i: number) => laws[row * twin.stride + i];
          const [amplitude, exponent] = scales.slice(2 * row);
          for (let i = 0; i < width; i++) {
            const wanted = amplitude * shape[i] * Math.exp(-exponent * x[i]);
            expect(Math.abs(law(i) - wanted)).toBeLessThanOrEqual(1e-14 * Math.abs(wanted) + 1e-300);
          }
          const sum = (channels: number[], term: (i: number) => number) =>
            channels.reduce((total, i) => total + term(i), 0);
          const signal = Array.from({ length: width - fitChannels - gap }, (_, i) => fitChannels + gap + i);
          for (const power of [0, 1, 2])
            expect(moments[3 * row + power]).toBeCloseTo(
              sum(used, (i) => y(i) * x[i] ** power),
              6,
            );
          expect(intensities[row]).toBe(sum(signal, (i) => y(i) - law(i)));
          for (let feature = 0; feature < features; feature++) {
            const channels = signal.slice(feature * group, (feature + 1) * group);
            const size = sum(channels, (i) => Math.abs(y(i)) + law(i));
            const wanted = sum(channels, (i) => y(i) - law(i)) / (scales[row] + 1);
            expect(Math.abs(net[row * features + feature] - wanted)).toBeLessThanOrEqual(1e-6 * size + 1e-30);
          }
        }
      }),
      { numRuns: 300 },
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
            return tight && channels >= 5 ? prominence(spectra, own * channels, i, channels) : free;
          });
          const [simd, twin] = both(() => {
            const block = new SpectrumBlock(channels);
            const screen = new SpikeScreen(block, limits);
            block.load(spectra, 0, 3);
            const search = (first: number, end: number) =>
              Array.from(block.found.subarray(0, screen.search(first, end)));
            const all = search(0, 3);
            expect(search(1, 3)).toEqual(
              all.filter((place) => place >= channels).map((place) => place - channels),
            );
            return [0, 1, 2].map((row) =>
              all.filter((place) => Math.floor(place / channels) === row).map((place) => place % channels),
            );
          });
          expect(simd).toEqual(twin);
          twin.forEach((found, row) => {
            expect(found).toEqual([...found].sort((a, b) => a - b));
            for (let i = 0; i < channels; i++)
              expect(found.includes(i)).toBe(
                channels >= 5 && prominence(spectra, row * channels, i, channels) > limits[i],
              );
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
