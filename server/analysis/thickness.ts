import { channelOf, type EnergyAxis } from '../../protocol/index.ts';

/** Where the zero-loss peak lies in the low-loss spectra of a scan, in channels. */
export interface ZeroLoss {
  peak: number;
  /** First channel that no longer counts as zero loss, relative to the peak. */
  reach: number;
}

/** The peak is looked for within this distance of 0 eV; a spectrometer drifts by a few eV, not more. */
const SEARCH_EV = 20;

/** Highest channel of `spectrum[from, end)`. */
function highest(spectrum: ArrayLike<number>, from: number, end: number): number {
  let best = from;
  for (let i = from; i < end; i++) if (spectrum[i] > spectrum[best]) best = i;
  return best;
}

/**
 * Finds the zero-loss peak of a sum spectrum and where it ends: the first minimum after it (Egerton's simplest
 * separation; the elastic tail beyond is neglected).
 * @returns undefined when the axis does not hold 0 eV or there is no peak
 */
export function findZeroLoss(sum: Float64Array, axis: EnergyAxis): ZeroLoss | undefined {
  const from = Math.max(0, Math.ceil(channelOf(axis, -SEARCH_EV)));
  const end = Math.min(sum.length, Math.floor(channelOf(axis, SEARCH_EV)) + 1);
  if (channelOf(axis, 0) < 0 || end - from < 3) return undefined;
  const peak = highest(sum, from, end);
  if (!(sum[peak] > 0) || peak === from || peak === end - 1) return undefined;
  let minimum = peak + 1;
  while (minimum + 1 < sum.length && sum[minimum + 1] <= sum[minimum]) minimum++;
  return { peak, reach: minimum - peak };
}

/**
 * Thickness over mean free path, t/λ = ln(I_t / I_0), of one low-loss spectrum; the peak may have drifted from
 * the scan's by up to `SEARCH_EV / 2`.
 * @returns NaN where there are no counts
 */
export function logRatioThickness(spectrum: Float32Array, zeroLoss: ZeroLoss, axis: EnergyAxis): number {
  const drift = Math.ceil(SEARCH_EV / 2 / axis.dispersion);
  const from = Math.max(0, zeroLoss.peak - drift);
  const peak = highest(spectrum, from, Math.min(spectrum.length, zeroLoss.peak + drift + 1));
  const end = peak + zeroLoss.reach;
  let elastic = 0;
  let total = 0;
  for (let i = 0; i < spectrum.length; i++) {
    total += spectrum[i];
    if (i < end) elastic += spectrum[i];
  }
  return elastic > 0 ? Math.max(0, Math.log(total / elastic)) : Number.NaN;
}
