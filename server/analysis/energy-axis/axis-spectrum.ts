import { type EnergyAxis, energyOf } from '../../../protocol/index.ts';
import { upperMedian } from '../math/median.ts';

/** Bins are about this wide, eV, where channels are finer: an onset is not known better. */
const BIN_EV = 0.3;
/** Bins that one figure of the noise is taken from. */
const SEGMENT = 64;
/**
 * Variance, in units of the typical one, that no part of a spectrum falls below: zeros before an edge do not mean low
 * noise.
 */
const QUIETEST = 0.01;
/** Normal deviation per median of absolute values, and that of third differences of white noise. */
const PER_MEDIAN = 1 / 0.6745;
const THIRD_DIFFERENCE = Math.sqrt(20);

export interface SumInput {
  /** Sum of the spectra, per channel. */
  counts: Float64Array;
  /** As filed. */
  energy: EnergyAxis;
  /** Variance over mean of the counts; 0 where it is not known. */
  gain: number;
  /** Non-zero where a channel is dead or hot. */
  bad: Uint8Array;
}

/** A sum spectrum in bins, with the variance of each. */
export interface AxisSpectrum {
  /** Energy of bin i as filed: offset + dispersion·i. */
  energy: EnergyAxis;
  /** Mean counts of the good channels of each bin. */
  values: Float64Array;
  /** Infinite where all channels are bad. */
  variances: Float64Array;
}

/**
 * Bins a sum spectrum and estimates its noise: that of counting, or more where the spectrum itself is rougher than
 * that, as it is with a pattern fixed in the channels, or where nothing is known of the gain.
 */
export function binnedSpectrum({ counts, energy, gain, bad }: SumInput): AxisSpectrum {
  const width = Math.max(1, Math.round(BIN_EV / energy.dispersion));
  const bins = Math.floor(counts.length / width);
  const values = new Float64Array(bins);
  const variances = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    let good = 0;
    for (let i = bin * width; i < (bin + 1) * width; i++) {
      if (bad[i]) continue;
      good++;
      values[bin] += counts[i];
    }
    if (good > 0) values[bin] /= good;
    variances[bin] = good > 0 ? (gain * Math.max(values[bin], 0)) / good : Number.POSITIVE_INFINITY;
  }
  fillGaps(values, variances);
  const rough = roughness(values);
  const typical = upperMedian(rough);
  for (let bin = 0; bin < bins; bin++)
    variances[bin] = Math.max(variances[bin], rough[bin], QUIETEST * typical, Number.MIN_VALUE);
  return {
    energy: {
      ...energy,
      offset: energyOf(energy, (width - 1) / 2),
      dispersion: energy.dispersion * width,
    },
    values,
    variances,
  };
}

/** Bins without a good channel get the value of the one before, so that differences are finite; they have no weight. */
function fillGaps(values: Float64Array, variances: Float64Array): void {
  for (let bin = 1; bin < values.length; bin++)
    if (!Number.isFinite(variances[bin])) values[bin] = values[bin - 1];
}

/**
 * Variance of each bin by the third differences of its neighbourhood, of single bins and of two and four together (noise that
 * neighbours share shows in these). Medians leave out what an edge does.
 */
function roughness(values: Float64Array): Float64Array {
  const segments = Math.max(1, Math.round(values.length / SEGMENT));
  const bySegment = new Float64Array(segments);
  for (const width of [1, 2, 4]) {
    const sums = Float64Array.from({ length: Math.max(0, values.length - width + 1) }, (_, i) => {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += values[i + j];
      return sum;
    });
    for (let segment = 0; segment < segments; segment++) {
      const from = Math.floor((segment * sums.length) / segments);
      const end = Math.min(Math.floor(((segment + 1) * sums.length) / segments), sums.length - 3 * width);
      const differences: number[] = [];
      for (let i = from; i < end; i++)
        differences.push(
          Math.abs(sums[i] - 3 * sums[i + width] + 3 * sums[i + 2 * width] - sums[i + 3 * width]),
        );
      if (differences.length < 8) continue;
      const deviation = (upperMedian(differences) * PER_MEDIAN) / THIRD_DIFFERENCE;
      bySegment[segment] = Math.max(bySegment[segment], deviation ** 2 / width);
    }
  }
  const smooth = bySegment.map((own, s) => {
    const around = [bySegment[s - 1] ?? own, own, bySegment[s + 1] ?? own].sort((a, b) => a - b);
    return around[1];
  });
  return Float64Array.from(
    values,
    (_, i) => smooth[Math.min(segments - 1, Math.floor((i * segments) / values.length))],
  );
}
