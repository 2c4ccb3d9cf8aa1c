import type { EdgeWindow } from '../windows/edge-window.ts';
import type { SignalCalibration } from './edge-signal.ts';
import { PowerLawFitter } from './power-law.ts';

/** Deviations from which a downward bend of the counts before an edge is reported. */
const SURELY = 4;

/**
 * By how much the background in the signal window would be smaller if the downward bend before the edge went on beyond
 * it, as a share. A smooth background does not bend that way, so the fit does not follow; whether the bend goes on is
 * unknown (the tail of an edge before it does, a plasmon multiple does not). 0 where nothing surely bends downwards.
 */
export function backgroundDoubt(
  window: EdgeWindow,
  { bad, exponents, curvature }: Pick<SignalCalibration, 'bad' | 'exponents' | 'curvature'>,
): number {
  if (!exponents || !curvature || !(curvature.found < -SURELY * curvature.deviation)) return 0;
  const straight = new PowerLawFitter(window, bad);
  const bent = new PowerLawFitter(window, bad, curvature.found);
  const exponent = bent.solve(straight.moments(exponents.mean).mean);
  return 1 - extrapolated(bent, exponent, window) / extrapolated(straight, exponents.mean, window);
}

/** Background in the signal window for one count in the fit window. */
function extrapolated(fitter: PowerLawFitter, exponent: number, { signalStart }: EdgeWindow): number {
  const law = new Float64Array(fitter.x.length);
  const amplitude = 1 / fitter.moments(exponent).sum;
  fitter.evaluate({ amplitude, exponent }, law);
  return law.subarray(signalStart).reduce((sum, value) => sum + value, 0);
}
