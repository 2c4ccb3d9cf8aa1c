import { describe, expect, it } from 'vitest';
import { edgeAt } from '../../../../protocol/index.ts';
import { badChannels } from '../../../../server/analysis/detector/bad-channels.ts';
import { DetectorNoiseEstimator } from '../../../../server/analysis/detector/detector-noise.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';
import { interpolateAll } from '../../../support/spectrum-blocks.ts';

const axis = { offset: 350, dispersion: 0.5, units: 'eV' } as const;
const window = edgeWindow(edgeAt('Ti-L', 456), axis, 1024);
const span = window.endChannel - window.firstChannel;

/** Spectra whose noise has the given variance over mean per channel, shared by neighbours through [ρ', 1, ρ']. */
function noisySpectra(pixels: number, gain: number, share: number): Float32Array {
  const random = createRandom(5);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const norm = Math.sqrt(1 + 2 * share * share);
  const spectra = new Float32Array(pixels * span);
  for (let p = 0; p < pixels; p++) {
    const raw = Float64Array.from({ length: span + 2 }, normal);
    // Every pixel differs in thickness; the shape is the same.
    const thickness = 1 + 0.2 * random();
    for (let i = 0; i < span; i++) {
      const expected = thickness * 3000 * Math.exp(-3 * (window.logEnergy[i] - window.logEnergy[0]));
      const noise = (share * raw[i] + raw[i + 1] + share * raw[i + 2]) / norm;
      spectra[p * span + i] = expected + Math.sqrt(gain * expected) * noise;
    }
  }
  return spectra;
}

function estimate(gain: number, share: number) {
  const estimator = new DetectorNoiseEstimator(window);
  const spectra = noisySpectra(600, gain, share);
  for (let p = 0; p + 1 < 600; p++) estimator.add(spectra, p * span, (p + 1) * span);
  return estimator.estimate();
}

describe('detector noise', () => {
  it('is that of counting for independent counts', () => {
    const noise = estimate(1, 0);
    expect(noise.gain).toBeCloseTo(1, 1);
    expect(noise.channelGain).toBeCloseTo(1, 1);
    expect(noise.correlation).toEqual([]);
  });

  it('finds gain and correlation of neighbouring channels', () => {
    // Autocorrelation of [s, 1, s]: lag 1 2s/(1 + 2s²), lag 2 s²/(1 + 2s²).
    const share = 0.4;
    const noise = estimate(17, share);
    const norm = 1 + 2 * share ** 2;
    expect(noise.channelGain / 17).toBeCloseTo(1, 1);
    expect(noise.correlation[0]).toBeCloseTo((2 * share) / norm, 1);
    expect(noise.correlation[1]).toBeCloseTo(share ** 2 / norm, 1);
    const longSum = 17 * (1 + (2 * (2 * share + share ** 2)) / norm);
    expect(noise.gain / longSum).toBeGreaterThan(0.85);
    expect(noise.gain / longSum).toBeLessThan(1.1);
  });
});

describe('bad channels', () => {
  it('are found in a sum spectrum, and nothing else is', () => {
    const sums = Float64Array.from({ length: 100 }, (_, i) => 1e5 * (60 + i) ** -1);
    sums[20] = 0;
    sums[70] *= 20;
    const found = [...badChannels(sums, 500)].flatMap((flag, i) => (flag ? [i] : []));
    expect(found).toEqual([20, 70]);
    expect(badChannels(sums, 100).every((flag) => flag === 0)).toBe(true);
  });

  it('and spikes are mended from their neighbours', () => {
    const spectrum = Float32Array.from({ length: 50 }, () => 100);
    spectrum[10] = 0;
    spectrum[30] = 5000;
    const bad = new Uint8Array(50);
    bad[10] = 1;
    interpolateAll(spectrum, 50, 1, undefined, bad);
    expect(spectrum[10]).toBe(100);
    expect(spectrum[30]).toBe(100);
  });
});

describe('edgeWindow', () => {
  it('names edge, window and axis when the axis does not cover the edge', () => {
    expect(() => edgeWindow(edgeAt('C-K', 284), axis, 1024)).toThrow(
      /edge C-K: fit window: expected 24\d–280 eV on the energy axis, which covers 350.0–861.5 eV/,
    );
  });
});
