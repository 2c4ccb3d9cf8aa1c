import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeAt, pixelCount } from '../../../../protocol/index.ts';
import { saturationOf } from '../../../../server/analysis/detector/bad-channels.ts';
import { MostProminent } from '../../../../server/analysis/detector/most-prominent.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../../../server/formats/formats.ts';
import { openCube } from '../../../../server/formats/reading/cube-reader.ts';
import { SimulatedScan } from '../../../../server/microscope/scan.ts';
import { describeMeasured, measuredData } from '../../../support/measured-data.ts';
import { interpolateAll, spikeLimitsOf } from '../../../support/spectrum-blocks.ts';

const CHANNELS = 1024;
const SIDE = 48;
/** The simulator's x-rays have at least this many electrons in their first channel. */
const LEAST_HEIGHT = 800;

function record(dose: 'low' | 'default' | 'high', gain: number, spikeRate: number): Float32Array {
  const noise = { spikeRate, gain, deadChannels: [] };
  const scan = new SimulatedScan({ shape: [SIDE, SIDE], seed: 5, dose, dtype: 'f32', lowLoss: false, noise });
  const spectra = new Float32Array(SIDE * SIDE * CHANNELS);
  for (let row = 0; row < SIDE; row++) spectra.set(scan.row(row).core as Float32Array, row * SIDE * CHANNELS);
  return spectra;
}

describe('x-ray spikes of the simulated scan', () => {
  it.each([
    ['low', 1],
    ['default', 1],
    ['high', 1],
    ['default', 17],
  ] as const)('at %s dose and gain %d are found, and hardly anything else', (dose, gain) => {
    // Counts are drawn before the spikes from the same stream: without them the scan is the same.
    const [clean, dirty] = [record(dose, gain, 0), record(dose, gain, 0.1)];
    const limits = spikeLimitsOf(dirty, CHANNELS);
    const corrected = Float32Array.from(dirty);
    interpolateAll(corrected, CHANNELS, gain, { spikes: limits.limits(gain) });
    let spikes = 0;
    let found = 0;
    let wrong = 0;
    for (let i = 0; i < dirty.length; i++) {
      const height = dirty[i] - clean[i];
      const masked = corrected[i] !== dirty[i];
      if (height >= LEAST_HEIGHT * gain) {
        spikes++;
        if (masked) found++;
      } else if (height === 0 && masked) wrong++;
    }
    console.log(
      `${dose}, gain ${gain}: ${found} of ${spikes} spikes, false masks ${(wrong / dirty.length).toExponential(1)}, counted ${limits.count(gain)}`,
    );
    expect(spikes).toBeGreaterThan(150);
    expect(found / spikes).toBeGreaterThanOrEqual(0.99);
    expect(wrong / dirty.length).toBeLessThanOrEqual(1e-4);
    expect(limits.count(gain)).toBeGreaterThanOrEqual(found);
  });
});

it('samples at the largest value of a small type are cut off, unless passes were added up', () => {
  expect(saturationOf('u16', 1)).toBe(65_535);
  expect(saturationOf('u16', 2)).toBeUndefined();
  expect(saturationOf('f32', 1)).toBeUndefined();
  const spectrum = Float32Array.from({ length: 20 }, (_, i) => (i === 9 || i === 10 ? 65_535 : 60_000));
  const corrected = interpolateAll(spectrum, 20, 1, {
    spikes: new Float32Array(20).fill(Number.POSITIVE_INFINITY),
    saturation: 65_535,
  });
  expect(corrected).toBe(2);
  expect(new Set(spectrum)).toEqual(new Set([60_000]));
});

const FILE = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';
describeMeasured('white lines of the measured spectrum image', [FILE], () => {
  it.each([
    ['Ti-L', 456],
    ['La-M', 832],
  ] as const)('%s are not taken for spikes, and a spike on them is', async (name, onset) => {
    const { scan, core } = await openScanFile(measuredData(FILE) as string);
    const { firstChannel, endChannel } = edgeWindow(edgeAt(name, onset), scan.energy, scan.channels);
    const span = endChannel - firstChannel;
    const pixels = pixelCount(scan);
    const spectra = new Float32Array(pixels * span);
    const reader = await openCube(core);
    await reader.read(0, pixels, firstChannel, endChannel, spectra);
    await reader.close();
    // A pixel of the layer, on the highest channel of its white line.
    const [row, columns] = [23, scan.shape[1]];
    const at = (row * columns + 2) * span;
    const own = spectra.subarray(at, at + span);
    const peak = own.indexOf(Math.max(...own.subarray(span - 100)));
    for (const height of [0, 1]) {
      const data = Float32Array.from(spectra);
      data[at + peak] += 17 * 2000 * height;
      const limits = spikeLimitsOf(data, span);
      expect(interpolateAll(data, span, 17, { spikes: limits.limits(17) })).toBe(height);
      expect(limits.count(17)).toBe(height);
    }
  });
});

it('limits from parts that are merged are those of all spectra at once, in whatever order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, min: -50, max: 50 }), { minLength: 64, maxLength: 900 }),
      fc.integer({ min: 1, max: 200 }),
      (values, size) => {
        const of = () => new MostProminent(5, values.length);
        const [whole, merged] = [of(), of()];
        const part = of();
        for (const value of values) whole.add(2, value);
        for (let from = 0; from < values.length; from += size) {
          for (const value of values.slice(from, from + size))
            if (value > merged.floors[2]) part.add(2, value);
          part.spectra = Math.min(size, values.length - from);
          merged.merge(part.drain());
        }
        whole.spectra = values.length;
        expect(merged.limits(1)).toEqual(whole.limits(1));
        expect(merged.count(1)).toBe(whole.count(1));
      },
    ),
  );
});
