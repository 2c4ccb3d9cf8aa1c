import type { BackgroundEstimator } from './background-estimator.ts';
import type { BackgroundMethod } from './background-method.ts';
import type { EdgeWindow } from './edge-window.ts';
import { TwoPowerLaws, USUAL_EXPONENTS } from './lcpl.ts';
import { logLinear } from './log-linear.ts';
import { type ExponentPrior, isApart, type PowerLaw, PowerLawFitter } from './power-law.ts';
import { twoArea } from './two-area.ts';

/**
 * @param masked span-long, 1 for channels left out
 * @param prior exponents of the scan: draws Poisson fits together, spreads the two laws of LCPL, tells what is no background
 * @param curvature how the scan's backgrounds bend away from a power law; the Poisson fit alone follows it
 */
export function backgroundEstimator(
  method: Exclude<BackgroundMethod, 'none'>,
  window: EdgeWindow,
  masked?: Uint8Array,
  prior?: ExponentPrior,
  curvature = 0,
): BackgroundEstimator {
  if (method === 'lcpl') return twoLaws(window, masked, prior);
  const fitter = new PowerLawFitter(window, masked, method === 'poisson' ? curvature : 0);
  const x = fitter.x.subarray(0, window.fitChannels);
  const fitted = (spectra: Float32Array, offset: number, gain: number): PowerLaw | undefined => {
    if (method === 'poisson') return fitter.fit(spectra, offset, gain, prior);
    const { counts } = fitter.statistics(spectra, offset);
    if (!(counts > 0)) return undefined;
    // Masked channels hold the mean of their neighbours by now.
    const y = Float64Array.from(x, (_, i) => spectra[offset + i]);
    const law = (method === 'log-linear' ? logLinear : twoArea)(x, y, gain);
    const apart = prior !== undefined && isApart({ counts, ...law }, prior);
    return fitter.bounded({ counts, clamped: false, apart, ...law });
  };
  return {
    fit: (spectra, offset, gain, out) => {
      const law = fitted(spectra, offset, gain);
      if (!law) return undefined;
      fitter.evaluate(law, out);
      return { ...law, variance: fitter.backgroundVariance(law, gain) };
    },
    ...(method === 'poisson' && {
      over: (block) => {
        fitter.lead(block);
        const { moments, scales } = block;
        let law: PowerLaw | undefined;
        return (rows, from, gain, found) => {
          block.findMoments(rows);
          found.counts.fill(0, 0, rows);
          scales.fill(0, 0, 2 * rows);
          for (let row = 0; row < rows; row++) {
            const counts = moments[3 * row];
            if (!(counts > 0 && counts < Number.POSITIVE_INFINITY)) continue;
            law = fitter.law(counts, moments[3 * row + 1], gain, prior, law);
            scales[2 * row] = law.amplitude;
            scales[2 * row + 1] = law.exponent;
            found.set(row, law, fitter.backgroundVariance(law, gain));
          }
          block.findLaws(rows, from);
        };
      },
    }),
  };
}

/** LCPL; a power law of its own where a pixel's counts fall more slowly than the scan's exponents, and so both laws, do. */
function twoLaws(window: EdgeWindow, masked?: Uint8Array, prior = USUAL_EXPONENTS): BackgroundEstimator {
  const both = new TwoPowerLaws(window, masked, prior);
  const fitter = new PowerLawFitter(window, masked);
  return {
    fit: (spectra, offset, gain, out) => {
      const law = fitter.fit(spectra, offset, gain, prior);
      if (!law?.apart) return both.fit(spectra, offset, gain, out);
      fitter.evaluate(law, out);
      return { ...law, variance: fitter.backgroundVariance(law, gain) };
    },
  };
}
