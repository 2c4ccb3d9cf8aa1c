import { afterAll, describe, expect, it } from 'vitest';
import { edgeAt } from '../../../../protocol/index.ts';
import { SignalExtractor } from '../../../../server/analysis/background/edge-signal.ts';
import { COUNTING_NOISE } from '../../../../server/analysis/detector/detector-noise.ts';
import { useKernels } from '../../../../server/analysis/math/kernels.ts';
import { BACKGROUND_METHODS } from '../../../../server/analysis/windows/background-method.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';
import { loadKernels } from '../../../../server/kernels/load.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const SPECTRA = 40;
const window = edgeWindow(edgeAt('C-K', 284), { offset: 200, dispersion: 0.5, units: 'eV' }, 400);
const span = window.endChannel - window.firstChannel;

/** Falling backgrounds with an edge in every other spectrum; some spectra are spoilt in some way. */
function spectra(): Float32Array {
  const normal = normals(3);
  const data = Float32Array.from({ length: SPECTRA * span }, (_, at) => {
    const [p, i] = [Math.floor(at / span), at % span];
    const background = 200 * Math.exp(-3 * (window.logEnergy[i] - window.logEnergy[0]));
    const expected = background + (p % 2 && i >= window.signalStart ? 40 : 0);
    return Math.round(expected + Math.sqrt(expected) * normal());
  });
  data[3 * span + 7] = Number.NaN;
  data[4 * span + span - 1] = Number.POSITIVE_INFINITY;
  data.fill(0, 5 * span, 6 * span);
  data.fill(-3, 6 * span, 7 * span);
  data[8 * span + 90] = 5000;
  data[9 * span + 20] = 65_535;
  data[9 * span + 21] = 65_535;
  return data;
}

describe('a block of spectra', () => {
  afterAll(() => useKernels(undefined));

  it.each([...BACKGROUND_METHODS])(
    'is extracted as each of them is, with kernels or without (%s)',
    (background) => {
      const bad = new Uint8Array(span);
      bad[30] = 1;
      const samples = { spikes: new Float32Array(span).fill(12), saturation: 65_535 };
      const exponents = { mean: 3, variance: 0.04 };
      const calibration = { bad, noise: COUNTING_NOISE, samples, exponents, background };
      const found = [loadKernels(), undefined].map((kernels) => {
        useKernels(kernels);
        const extractor = new SignalExtractor(window, calibration);
        const { block } = extractor;
        expect(block.capacity).toBeGreaterThan(SPECTRA);
        const data = spectra();
        const seen = extractor.extractBlock(data, 0, SPECTRA, 0);
        expect(data).toEqual(spectra());
        return Array.from({ length: SPECTRA }, (_, row) => ({
          seen: seen.at(row),
          net: block.net.slice(row * window.features, (row + 1) * window.features),
          background: block.laws.slice(row * block.stride, row * block.stride + span),
          corrected: block.samples.slice(row * span, (row + 1) * span),
        }));
      });
      expect(found[0]).toEqual(found[1]);
      const [rows] = found;
      const extractor = new SignalExtractor(window, calibration);
      rows.forEach(({ seen, net, background: law, corrected }, row) => {
        const normalised = new Float32Array(window.features);
        expect(extractor.extract(spectra(), row * span, normalised, 0)).toEqual(seen);
        expect(seen.valid).toBe(row !== 3 && row !== 4);
        if (!seen.valid) return;
        expect(normalised).toEqual(net);
        expect(extractor.background).toEqual(law);
        expect(corrected[30]).toBe((corrected[29] + corrected[31]) / 2);
      });
      if (background === 'none') return;
      expect(rows.filter(({ seen }) => seen.snr >= 3).length).toBeGreaterThan(15);
      expect([5, 6].map((row) => rows[row].seen.flags)).toEqual([1, 1]);
      expect(rows[8].corrected[90]).toBeLessThan(1000);
      expect(rows[9].corrected[20]).toBe(rows[9].corrected[21]);
    },
  );
});
