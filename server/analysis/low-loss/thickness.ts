import { channelOf, type EnergyAxis, energyOf } from '../../../protocol/index.ts';

/** Where the zero-loss peak lies in the low-loss spectra of a scan, in channels. */
export interface ZeroLoss {
  peak: number;
  /** First channel that no longer counts as zero loss, relative to the peak. */
  reach: number;
  /** Full width at half maximum, channels; at least 1. */
  width?: number;
}

/** The peak is searched within this distance of 0 eV; a spectrometer drifts by a few eV, not more. */
const SEARCH_EV = 20;
/** A zero-loss peak is at most so wide at half its height: in eV, or in channels where these are coarse. */
const MOST_WIDTH = { eV: 5, channels: 4 };
/** Channels that lie at least so many of its widths below it hold next to nothing (root mean square, in heights of the peak). */
const CLEAR_WIDTHS = 3;
const MOST_BEFORE = 0.1;
/** … and both are less where it lies farther from 0 eV than spectrometers usually stray: plasmons begin there. */
const NEAR_EV = 8;
const MOST_WIDTH_FAR = { eV: 2.5, channels: 2 };
const MOST_BEFORE_FAR = 0.02;
/** Fewest channels below the peak for that test. */
const LEAST_BEFORE = 3;
/** A peak of so many channels is too narrow for a centroid of its upper half. */
const FEW_CHANNELS = 4;
/** Full width at half maximum of a normal distribution, in standard deviations. */
const FWHM_PER_SIGMA = 2.355;

/** Highest channel of `spectrum[from, end)`. */
function highest(spectrum: ArrayLike<number>, from: number, end: number): number {
  let best = from;
  for (let i = from; i < end; i++) if (spectrum[i] > spectrum[best]) best = i;
  return best;
}

/** Running mean over an odd number of channels. */
function smoothed(spectrum: Float64Array, channels: number): Float64Array {
  const half = channels >> 1;
  return spectrum.map((_, i) => {
    const from = Math.max(0, i - half);
    const end = Math.min(spectrum.length, i + half + 1);
    let sum = 0;
    for (let j = from; j < end; j++) sum += spectrum[j];
    return sum / (end - from);
  });
}

/** Whether an axis has channels on both sides of 0 eV, so that there may be a zero-loss peak on it. */
export const holdsZero = (axis: EnergyAxis, channels: number): boolean =>
  channelOf(axis, 0) > 0 && channelOf(axis, 0) < channels - 1;

/**
 * Finds the zero-loss peak of a sum spectrum and where it ends: the first minimum after it (Egerton's simplest
 * separation; the elastic tail beyond is neglected), smoothed over the peak's own width so that no wiggle of the noise is
 * taken for it. On the measured silicon low loss this gives t/λ = 0.425; what is left out by a low loss that ends early is
 * missing (0.38 up to 90 eV).
 * @returns undefined when the axis does not hold 0 eV or there is no such peak
 */
export function findZeroLoss(sum: Float64Array, axis: EnergyAxis): ZeroLoss | undefined {
  const from = Math.max(0, Math.ceil(channelOf(axis, -SEARCH_EV)));
  const end = Math.min(sum.length, Math.floor(channelOf(axis, SEARCH_EV)) + 1);
  if (channelOf(axis, 0) < 0 || end - from < 3) return undefined;
  const peak = highest(sum, from, end);
  if (!(sum[peak] > 0) || peak === from || peak === end - 1) return undefined;
  let low = peak;
  let high = peak;
  while (low > 0 && sum[low] > sum[peak] / 2) low--;
  while (high + 1 < sum.length && sum[high] > sum[peak] / 2) high++;
  const width = Math.max(1, high - low - 1);
  if (Math.max(sum[low], sum[high]) > sum[peak] / 2 || !isElastic(sum, axis, peak, width)) return undefined;
  const smooth = smoothed(sum, 2 * (width >> 1) + 1);
  let minimum = peak + 1;
  while (minimum + 1 < sum.length && smooth[minimum + 1] <= smooth[minimum]) minimum++;
  return { peak, reach: minimum - peak, width };
}

/**
 * Distinguishes the zero-loss peak from a maximum of noise, background or plasmons: it is narrow, and there are no
 * losses below it.
 */
function isElastic(sum: Float64Array, axis: EnergyAxis, peak: number, width: number): boolean {
  const isFar = Math.abs(energyOf(axis, peak)) > NEAR_EV;
  const most = isFar ? MOST_WIDTH_FAR : MOST_WIDTH;
  if (width * axis.dispersion > most.eV && width > most.channels) return false;
  const before = Math.max(0, peak - CLEAR_WIDTHS * width);
  let squares = 0;
  for (let i = 0; i < before; i++) squares += sum[i] * sum[i];
  if (before < LEAST_BEFORE) return !isFar;
  return Math.sqrt(squares / before) < (isFar ? MOST_BEFORE_FAR : MOST_BEFORE) * sum[peak];
}

/**
 * Where the zero-loss peak of one spectrum lies, eV: the centroid of the counts within its width on either side,
 * centred again until it stays. With 10⁴ counts in the peak it is known to some thousandths of an eV.
 * @returns NaN where there is no peak
 */
export function zeroLossPosition(spectrum: Float32Array, zeroLoss: ZeroLoss, axis: EnergyAxis): number {
  const half = Math.max(2, zeroLoss.width ?? 2);
  let centre = peakOf(spectrum, zeroLoss, axis);
  for (let round = 0; round < 20; round++) {
    let counts = 0;
    let moment = 0;
    // Channels at the ends count by the share of them that lies inside, so that the centroid moves without steps.
    for (let i = Math.floor(centre - half); i <= Math.ceil(centre + half); i++) {
      const inside = Math.min(1, half + 0.5 - Math.abs(i - centre));
      if (!(i >= 0 && i < spectrum.length && inside > 0)) continue;
      counts += inside * spectrum[i];
      moment += inside * spectrum[i] * i;
    }
    if (!(counts > 0)) return Number.NaN;
    const next = moment / counts;
    const moved = Math.abs(next - centre);
    centre = next;
    if (moved < 1e-4) break;
  }
  return energyOf(axis, centre);
}

/**
 * Where the top of the zero-loss peak of a sum spectrum lies, eV: the centroid of what rises above half its height, or
 * of a peak of a few channels the top of a normal distribution through the three highest. Losses make a peak lean to
 * higher energies, and the centroid of all of it with them; that centroid measures shifts from pixel to pixel better.
 */
export function zeroLossTop(sum: Float64Array, { peak, width = 1 }: ZeroLoss, axis: EnergyAxis): number {
  const [before, top, after] = [peak - 1, peak, peak + 1].map((i) => Math.log(sum[i]));
  const curvature = before - 2 * top + after;
  if (width <= FEW_CHANNELS && curvature < 0 && Number.isFinite(curvature))
    return energyOf(axis, peak + (before - after) / (2 * curvature));
  const half = sum[peak] / 2;
  let counts = 0;
  let moment = 0;
  for (const step of [-1, 1])
    for (let i = step < 0 ? peak : peak + 1; sum[i] > half; i += step) {
      counts += sum[i] - half;
      moment += (sum[i] - half) * i;
    }
  return energyOf(axis, moment / counts);
}

/** Highest channel near the scan's zero-loss peak. */
function peakOf(spectrum: Float32Array, zeroLoss: ZeroLoss, axis: EnergyAxis): number {
  const drift = Math.ceil(SEARCH_EV / 2 / axis.dispersion);
  const from = Math.max(0, zeroLoss.peak - drift);
  return highest(spectrum, from, Math.min(spectrum.length, zeroLoss.peak + drift + 1));
}

/** Standard deviation of t/λ = ln(I_t/I_0) that counting gives it for gain 1, √(1/I_0 − 1/I_t); grows with √gain. */
export function thicknessDeviation(thickness: number, total: number): number {
  return Math.sqrt((Math.exp(thickness) - 1) / total);
}

/** Standard deviation of `zeroLossPosition` in eV for gain 1: that of the peak over the root of its counts. */
export function zeroLossDeviation(
  thickness: number,
  total: number,
  { width = 2 }: ZeroLoss,
  axis: EnergyAxis,
): number {
  const elastic = total * Math.exp(-thickness);
  return ((width / FWHM_PER_SIGMA) * axis.dispersion) / Math.sqrt(elastic);
}

/** Samples at the top of a peak that are equal to the last digit, at such heights, are cut off. */
const PLATEAU = 3;
const LEAST_PLATEAU = 1000;

/**
 * Whether the zero-loss peak is cut off: by the limit of the sample type, or at one value over three channels. Then I_0
 * is too small, and t/λ = ln(I_t/I_0) an upper bound.
 * @param one value of one count in the samples
 */
export function saturatedZeroLoss(
  spectrum: Float32Array,
  zeroLoss: ZeroLoss,
  axis: EnergyAxis,
  limit = Number.POSITIVE_INFINITY,
  one = () => 1,
): boolean {
  const top = peakOf(spectrum, zeroLoss, axis);
  const most = spectrum[top];
  if (most >= limit) return true;
  // `peakOf` gives the first of equal samples.
  let equal = 1;
  while (spectrum[top + equal] === most) equal++;
  return equal >= PLATEAU && most >= LEAST_PLATEAU * one();
}

/**
 * Thickness over mean free path, t/λ = ln(I_t / I_0), of one low-loss spectrum; the peak may have drifted from
 * the scan's by up to `SEARCH_EV / 2`.
 * @returns NaN where there are no counts
 */
export function logRatioThickness(spectrum: Float32Array, zeroLoss: ZeroLoss, axis: EnergyAxis): number {
  const peak = peakOf(spectrum, zeroLoss, axis);
  const end = peak + zeroLoss.reach;
  let elastic = 0;
  let total = 0;
  for (let i = 0; i < spectrum.length; i++) {
    total += spectrum[i];
    if (i < end) elastic += spectrum[i];
  }
  return elastic > 0 ? Math.max(0, Math.log(total / elastic)) : Number.NaN;
}
