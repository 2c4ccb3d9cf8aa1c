import type { BackgroundMethod } from '../windows/background-method.ts';
import type { EdgeWindow } from '../windows/edge-window.ts';
import type { WindowBlock } from '../windows/window-block.ts';
import type { BackgroundEstimator, FitBlock } from './background-estimator.ts';
import { TwoPowerLaws, USUAL_EXPONENTS } from './lcpl.ts';
import { logLinear } from './log-linear.ts';
import { type ExponentPrior, type PowerLaw, PowerLawFitter } from './power-law.ts';
import { twoArea } from './two-area.ts';

/**
 * Where the counts before the edge fall more slowly than the scan's exponents allow, every method gives the continuation of
 * a level (`PowerLawFitter.law`).
 * @param masked span-long, 1 for channels left out
 * @param prior exponents of the scan: draws Poisson fits together, spreads the two laws of LCPL
 * @param curvature how the scan's backgrounds bend away from a power law; the Poisson fit alone follows it
 */
export function backgroundEstimator(
  method: Exclude<BackgroundMethod, 'none'>,
  window: EdgeWindow,
  masked?: Uint8Array,
  prior?: ExponentPrior,
  curvature = 0,
): BackgroundEstimator {
  const fitter = new PowerLawFitter(window, masked, method === 'poisson' ? curvature : 0);
  const written = (law: PowerLaw, gain: number, out: Float64Array) => {
    fitter.evaluate(law, out);
    return { ...law, variance: fitter.backgroundVariance(law, gain) };
  };
  if (method === 'poisson')
    return {
      fit: (spectra, offset, gain, out) => {
        const law = fitter.fit(spectra, offset, gain, prior);
        return law && written(law, gain, out);
      },
      over: (block) => fitBlock(fitter, block, prior),
    };
  const two = method === 'lcpl' ? new TwoPowerLaws(window, masked, prior) : undefined;
  const expected = two ? (prior ?? USUAL_EXPONENTS) : prior;
  const x = fitter.x.subarray(0, window.fitChannels);
  return {
    fit: (spectra, offset, gain, out) => {
      const level = fitter.fit(spectra, offset, gain, expected);
      if (!level || level.apart) return level && written(level, gain, out);
      if (two) return two.fit(spectra, offset, gain, out);
      // Masked channels hold the mean of their neighbours by now.
      const y = Float64Array.from(x, (_, i) => spectra[offset + i]);
      const law = (method === 'log-linear' ? logLinear : twoArea)(x, y, gain);
      return written(fitter.bounded({ ...level, ...law, clamped: false }), gain, out);
    },
  };
}

/** All spectra of a block at once. */
function fitBlock(fitter: PowerLawFitter, block: WindowBlock, prior?: ExponentPrior): FitBlock {
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
}
