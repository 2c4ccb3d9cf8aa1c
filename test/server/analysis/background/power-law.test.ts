import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { edgeAt } from '../../../../protocol/index.ts';
import { PowerLawFitter } from '../../../../server/analysis/background/power-law.ts';
import { edgeWindow } from '../../../../server/analysis/windows/edge-window.ts';
import { oracle } from '../../../support/oracle.ts';

const fixture = oracle<{
  powerLaw: { offset: number; dispersion: number; cases: { counts: number[]; exponent: number }[] };
}>('analysis').powerLaw;

/** 62 channels from 60 eV for the fit, then a signal window. */
const axis = { offset: fixture.offset, dispersion: fixture.dispersion, units: 'eV' } as const;
const edge = {
  ...edgeAt('Si-L', 99),
  fitWindow: [60, 60 + 62 * 0.6] as [number, number],
  signalWindow: [98, 128] as [number, number],
};
const window = edgeWindow(edge, axis, 200);
const span = window.endChannel - window.firstChannel;

describe('PowerLawFitter', () => {
  it('recovers a noiseless power law to 1e−9', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.6, max: 6.9, noNaN: true }),
        fc.double({ min: 1, max: 1e6, noNaN: true }),
        (r, a) => {
          const exact = Float64Array.from(window.logEnergy, (x) => a * Math.exp(-r * (x - 4.4)));
          // The fitter reads float32; feed its statistics from float64 through a spectrum scaled to be exact enough.
          const fitter = new PowerLawFitter(window);
          const { counts, weighted } = fitter.statistics(exact as unknown as Float32Array, 0);
          expect(Math.abs(fitter.solve(weighted / counts) - r)).toBeLessThan(1e-9);
        },
      ),
    );
  });

  it('agrees with a general maximiser of the Poisson likelihood', () => {
    const fitter = new PowerLawFitter(window);
    for (const { counts, exponent } of fixture.cases) {
      const spectrum = new Float32Array(span);
      spectrum.set(counts);
      expect(fitter.fit(spectrum, 0, 1)?.exponent).toBeCloseTo(exponent, 5);
    }
  });

  it('models exactly the counts of the fit window', () => {
    const fitter = new PowerLawFitter(window);
    const spectrum = Float32Array.from({ length: span }, (_, i) => 100 + ((i * 37) % 23));
    const fit = fitter.fit(spectrum, 0, 1);
    if (!fit) throw new Error('no fit');
    const background = new Float64Array(span);
    fitter.evaluate(fit, background);
    const modelled = background.subarray(0, window.fitChannels).reduce((sum, value) => sum + value, 0);
    expect(modelled / fit.counts).toBeCloseTo(1, 12);
  });

  it('has nothing to fit where there are no counts', () => {
    expect(new PowerLawFitter(window).fit(new Float32Array(span), 0, 1)).toBeUndefined();
  });

  it('draws noisy exponents to the prior and leaves bright ones', () => {
    const fitter = new PowerLawFitter(window);
    const prior = { mean: 3, variance: 0.01 };
    const exponentOf = (scale: number) => {
      const spectrum = Float32Array.from(window.logEnergy, (x) => scale * Math.exp(-4 * (x - 4.4)));
      return fitter.fit(spectrum, 0, 1, prior)?.exponent ?? Number.NaN;
    };
    expect(exponentOf(0.5)).toBeLessThan(3.1);
    expect(exponentOf(1e6)).toBeGreaterThan(3.99);
  });

  it('leaves masked channels out', () => {
    const masked = new Uint8Array(span);
    masked[10] = 1;
    const spectrum = Float32Array.from(window.logEnergy, (x) => 1e5 * Math.exp(-3 * (x - 4.4)));
    spectrum[10] = 0;
    expect(new PowerLawFitter(window, masked).fit(spectrum, 0, 1)?.exponent).toBeCloseTo(3, 5);
    expect(new PowerLawFitter(window).fit(spectrum, 0, 1)?.exponent).not.toBeCloseTo(3, 3);
  });
});
