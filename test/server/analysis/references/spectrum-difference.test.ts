import { describe, expect, it } from 'vitest';
import {
  type MeanSpectrum,
  spectrumDifference,
} from '../../../../server/analysis/references/spectrum-difference.ts';
import { oracle } from '../../../support/oracle.ts';

interface Written {
  startEv: number;
  stepEv: number;
  values: number[];
}

const { spectra } = oracle<{
  spectra: {
    a: Written;
    b: Written;
    shift: number;
    sigma: number;
    ratio: number;
    trueShift: number;
    trueRatio: number;
  }[];
}>('compare');

const read = ({ startEv, stepEv, values }: Written): MeanSpectrum => ({
  startEv,
  stepEv,
  values: Float64Array.from(values),
});

describe('the difference of two spectra', () => {
  it('has the shift and the ratio that SciPy fits, and those that were put in', () => {
    for (const { a, b, shift, sigma, ratio, trueShift, trueRatio } of spectra) {
      const found = spectrumDifference(read(a), read(b));
      // Linear against cubic interpolation: a few hundredths of a channel.
      expect(found?.shift?.ev).toBeCloseTo(shift, 1);
      expect(Math.abs((found?.shift?.ev ?? 9) - trueShift)).toBeLessThan(0.04);
      expect(found?.shift?.sigma).toBeGreaterThan(0.4 * sigma);
      expect(found?.shift?.sigma).toBeLessThan(4 * sigma);
      if (trueShift === 0) expect((found?.ratio ?? 0) / ratio).toBeCloseTo(1, 2);
      expect(found?.stepEv).toBe(Math.max(a.stepEv, b.stepEv));
      expect(Math.abs((found?.ratio ?? 0) / trueRatio - 1)).toBeLessThan(0.15);
    }
  });

  it('is nothing for a spectrum and itself, and a ratio alone for one of a longer exposure', () => {
    const a = read(spectra[0].a);
    expect(spectrumDifference(a, a)).toMatchObject({
      relativeRms: 0,
      ratio: 1,
      shapeRms: 0,
      shift: { ev: 0 },
    });
    const longer = spectrumDifference(a, { ...a, values: a.values.map((value) => 3 * value) });
    expect(longer?.ratio).toBeCloseTo(3, 9);
    expect(longer?.shapeRms).toBeLessThan(1e-9);
    expect(longer?.relativeRms).toBeCloseTo(1, 9);
    expect(longer?.shift?.ev).toBe(0);
  });

  it('does not depend on how finely a smooth spectrum is sampled', () => {
    const smooth = (stepEv: number): MeanSpectrum => ({
      startEv: 500,
      stepEv,
      values: Float64Array.from(
        { length: Math.round(80 / stepEv) },
        (_, i) => stepEv * Math.exp(-0.5 * ((500 + i * stepEv - 540) / 6) ** 2),
      ),
    });
    const found = spectrumDifference(smooth(0.2), smooth(0.5));
    expect(found?.relativeRms).toBeLessThan(2e-3);
    expect(found?.ratio).toBeCloseTo(1, 2);
  });

  it('is none where the spectra have hardly an energy in common, and has no shift that lies beyond the search', () => {
    const a = read(spectra[0].a);
    expect(spectrumDifference(a, { ...a, startEv: 588 })).toBeUndefined();
    expect(spectrumDifference(a, { ...a, startEv: 520 })?.shift).toBeUndefined();
  });

  it('has no shift for spectra that are not alike', () => {
    const a = read(spectra[0].a);
    const other = { ...a, values: a.values.map((_, i) => Math.sin(i / 3)) };
    expect(spectrumDifference(a, other)?.shift).toBeUndefined();
  });

  it('has no shape for a spectrum of zeros', () => {
    const a = read(spectra[0].a);
    const nothing = { ...a, values: new Float64Array(a.values.length) };
    expect(spectrumDifference(nothing, nothing)).toEqual({
      fromEv: 500.5,
      toEv: 589,
      stepEv: 0.5,
    });
  });
});
