import { addTo } from '../../analysis/add-to.ts';
import { learnBackground } from '../../analysis/background-curvature.ts';
import { badChannels, saturationOf } from '../../analysis/bad-channels.ts';
import { DetectorNoiseEstimator } from '../../analysis/detector-noise.ts';
import type { SignalCalibration } from '../../analysis/edge-signal.ts';
import { MostProminent } from '../../analysis/most-prominent.ts';
import { SharedNoise } from '../../analysis/residual-noise.ts';
import { windowStatistics } from '../../analysis/window-statistics.ts';
import { type FitInput, widthOf } from './fit-input.ts';
import type { FitPool } from './fit-pool.ts';

/** Pairs of neighbouring pixels the detector gain is estimated from. */
const GAIN_PAIRS = 4096;

/**
 * Bad channels, the detector's noise, the scan's exponents and their curvature, from one walk over the measured pixels; from
 * two where a channel of the fit window turns out to be bad. A function of the spectra by pixel index and of the seed
 * alone.
 */
export async function calibrate(input: FitInput, pool: FitPool): Promise<SignalCalibration> {
  const { reader, window, measured, background } = input;
  const isNet = background === 'none';
  const width = widthOf(window);
  const sums = new Float64Array(width);
  const spikes = new MostProminent(width, measured.length, pool.memory);
  const residual = new SharedNoise(window.fitChannels);
  const detector = new DetectorNoiseEstimator(window);
  const statistics = windowStatistics(isNet ? 0 : measured.length, pool.memory);
  const pairsBelow = (2 ** 32 * GAIN_PAIRS) / Math.max(countOf(measured), 1);
  let spectra = 0;
  const shared = { pairsBelow, statistics, floors: spikes.floors };
  for await (const part of pool.each(input, 'calibration', shared)) {
    spectra += part.spectra;
    addTo(sums, part.sums);
    spikes.merge(part.spikes);
    detector.merge(part.pairs);
    residual.merge(part.residual);
  }
  const bad = badChannels(sums, spectra);
  if (isNet) {
    const noise = { gain: residual.factor, channelGain: 1, correlation: [] };
    return { bad, noise, background };
  }
  const noise = detector.estimate();
  if (bad.subarray(0, window.fitChannels).includes(1))
    await pool.all(input, 'statistics', { bad, statistics });
  const saturation = saturationOf(reader.layout.dtype, reader.layout.paths.length);
  return {
    bad,
    noise,
    ...learnBackground(window, bad, statistics, noise.gain, sums),
    samples: {
      spikes: spikes.limits(Math.max(noise.gain, noise.channelGain)),
      ...(saturation !== undefined && { saturation }),
    },
    ...(background && { background }),
  };
}

function countOf(flags: Uint8Array): number {
  let count = 0;
  for (const flag of flags) if (flag) count++;
  return count;
}
