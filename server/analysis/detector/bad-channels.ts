import { type DType, FULL_SCALE } from '../../../protocol/index.ts';
import { median } from '../math/median.ts';
import { neighboursOf } from './spike-screen.ts';

/** Spectra needed before a channel is called dead or hot. */
const SPECTRA_FOR_VERDICT = 200;
/** Median of the size of a second difference of normal deviates: √6 of them, times 0.6745. */
const DIFFERENCE_MEDIAN = 0.6745 * Math.sqrt(6);

/**
 * Marks dead and hot channels of a sum spectrum: below a fifth or above five times the median of the two channels on
 * either side.
 * @param sums counts per channel over `spectra` spectra
 * @param one value of one count in them
 */
export function badChannels(sums: Float64Array, spectra: number, one = 1): Uint8Array {
  return outlierChannels(sums, spectra, 5 * one * Math.sqrt(spectra));
}

/** The same for background-subtracted data, by how much the sums of neighbouring channels differ. */
export function badNetChannels(sums: Float64Array, spectra: number): Uint8Array {
  const inner = Math.max(sums.length - 2, 0);
  const differences = Float64Array.from({ length: inner }, (_, i) =>
    Math.abs(sums[i] - 2 * sums[i + 1] + sums[i + 2]),
  );
  return outlierChannels(sums, spectra, inner > 0 ? 5 * (median(differences) / DIFFERENCE_MEDIAN) : 0);
}

/** @param least sums of which too little is known below */
function outlierChannels(sums: Float64Array, spectra: number, least: number): Uint8Array {
  const bad = new Uint8Array(sums.length);
  if (spectra < SPECTRA_FOR_VERDICT) return bad;
  for (let i = 0; i < sums.length; i++) {
    const around = [i - 2, i - 1, i + 1, i + 2].filter((j) => j >= 0 && j < sums.length).map((j) => sums[j]);
    around.sort((a, b) => a - b);
    // With two bad ones among four there are two medians: the good channel beside them agrees with one of the two.
    const [low, high] = [around[(around.length - 1) >> 1], around[around.length >> 1]];
    // Too few counts to distinguish a dead channel from chance.
    if (!(high >= least)) continue;
    if (sums[i] < low / 5 || sums[i] > high * 5) bad[i] = 1;
  }
  return bad;
}

/** Limits for valid samples, besides the comparison with neighbours. */
export interface SampleLimits {
  /** Prominence above which a sample is a spike, span-long; without it only obvious spikes count. */
  spikes?: Float32Array;
  /** Value of one count in the samples; default 1. */
  one?: number;
  /** Samples from this value on are saturated. */
  saturation?: number;
}

/** Value from which samples of a cube are cut off: the largest of a type of at most two bytes; sums of passes hide it. */
export function saturationOf(dtype: DType, passes: number): number | undefined {
  return passes > 1 ? undefined : FULL_SCALE[dtype];
}

/** Replaces `channels` of the spectrum that starts at `offset` by the mean of the nearest other samples. */
export function interpolateBadChannels(
  spectra: Float32Array,
  offset: number,
  length: number,
  channels: readonly number[],
): void {
  for (const i of channels) {
    let low = i - 1;
    let high = i + 1;
    while (low >= 0 && channels.includes(low)) low--;
    while (high < length && channels.includes(high)) high++;
    const below = low >= 0 ? spectra[offset + low] : spectra[offset + Math.min(high, length - 1)];
    const above = high < length ? spectra[offset + high] : below;
    spectra[offset + i] = (below + above) / 2;
  }
}

/**
 * More than twice and eight standard deviations above both of its neighbours (`neighboursOf`).
 * @param from where the spectrum of `width` channels starts
 */
export function isObviousSpike(
  spectra: Float32Array,
  from: number,
  channel: number,
  width: number,
  gain: number,
): boolean {
  const own = spectra[from + channel];
  // Decides for nearly every sample without its neighbours.
  if (!(own > 0)) return false;
  const around = Math.max(...neighboursOf(spectra, from, channel, width), 0);
  if (!(own > 2 * around)) return false;
  return own > 2 * around + 8 * Math.sqrt(gain * (around + gain));
}
