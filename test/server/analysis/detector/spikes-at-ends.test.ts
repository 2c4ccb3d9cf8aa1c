import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canDetectSpikes, prominence } from '../../../../server/analysis/detector/spike-screen.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';
import { detectorCounts } from '../../../support/detector-cube.ts';
import { LEVEL_EDGE, levelScan } from '../../../support/level-scan.ts';
import { netSignal } from '../../../support/net-signal.ts';
import { interpolateAll } from '../../../support/spectrum-blocks.ts';
import { studySpikes } from '../../../support/spiked-scan.ts';

describe('spikes at the ends of the windows', () => {
  const cube = levelScan({ level: () => 0, vacuumRows: 0, seed: 1 });
  const { firstChannel, endChannel } = edgeWindow(LEVEL_EDGE, cube.energy, cube.channels);

  it.each([
    ['last', endChannel - 1],
    ['last but one', endChannel - 2],
    ['first', firstChannel],
    ['second', firstChannel + 1],
  ])('14 000 counts in the %s channel leave the net map as it is', async (_, channel) => {
    const spectra = detectorCounts(cube);
    const clean = await netSignal(spectra, cube, LEVEL_EDGE);
    const pixel = 137;
    spectra[pixel * cube.channels + channel] += 14_000;
    const { intensity, snr, calibration } = await netSignal(spectra, cube, LEVEL_EDGE);
    // No more than the channel's own noise and that of the one put in its place.
    const noise = Math.sqrt(
      3 * spectra[pixel * cube.channels + channel + (channel > firstChannel + 1 ? -2 : 2)],
    );
    expect(Math.abs(intensity[pixel] - clean.intensity[pixel])).toBeLessThan(8 * noise);
    expect(Math.max(...intensity)).toBeLessThan(1.01 * Math.max(...clean.intensity));
    expect(snr[pixel]).toBeGreaterThan(3);
    // Nothing else is changed by it.
    intensity.forEach((value, other) => {
      if (other !== pixel) expect(Math.abs(value / clean.intensity[other] - 1)).toBeLessThan(1e-3);
    });
    expect(calibration.samples?.spikes?.every(Number.isFinite)).toBe(true);
  });

  it.each([
    [20, 1, 24],
    [300, 1, 16],
    [5000, 1, 16],
    [300, 17, 40],
  ])('are found as in the middle at %d electrons and gain %d', (counts, gain, height) => {
    for (const seed of [1, 2, 3]) {
      const smear = gain > 1 ? [0.15, 0.7, 0.15] : [1];
      const { ends, middle, wrong } = studySpikes({ counts, gain, height, smear, seed });
      expect(middle.found).toBe(middle.of);
      expect(ends.found).toBe(ends.of);
      expect(wrong).toBe(0);
    }
  });

  it('are mended before anything is learned of a scan, one or two channels wide', () => {
    for (const channels of [[0], [1], [18], [19], [0, 1], [18, 19]]) {
      const spectrum = new Float32Array(20).fill(100);
      for (const channel of channels) spectrum[channel] += 5000;
      expect(interpolateAll(spectrum, 20, 1)).toBe(channels.length);
      expect(new Set(spectrum)).toEqual(new Set([100]));
    }
  });

  it('are held against two other channels of the spectrum, whatever its width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 5, maxLength: 30 }),
        fc.nat(),
        (values, place) => {
          const width = values.length;
          expect(canDetectSpikes(width)).toBe(true);
          const channel = place % width;
          // The spectrum lies between others that must not matter.
          const lonely = [Number.NaN, Number.NaN, Number.NaN];
          const spectra = Float32Array.from([...lonely, ...values, ...lonely]);
          const inside = channel < 2 ? [2, 3] : channel >= width - 2 ? [-2, -3] : [-2, 2];
          const around = (values[channel + inside[0]] + values[channel + inside[1]]) / 2;
          const expected = (values[channel] - around) / Math.sqrt(1.5 * around + 1);
          expect(prominence(spectra, lonely.length, channel, width)).toBeCloseTo(expected, 9);
        },
      ),
    );
    expect(canDetectSpikes(4)).toBe(false);
  });
});
