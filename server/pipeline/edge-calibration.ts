import { allFinite } from '../analysis/all-finite.ts';
import { learnBackground } from '../analysis/background-curvature.ts';
import { badChannels, saturationOf } from '../analysis/bad-channels.ts';
import { DetectorNoiseEstimator } from '../analysis/detector-noise.ts';
import type { SignalCalibration } from '../analysis/edge-signal.ts';
import { PowerLawFitter } from '../analysis/power-law.ts';
import { hash32 } from '../analysis/random.ts';
import { SharedNoise } from '../analysis/residual-noise.ts';
import { SpikeLimits } from '../analysis/spikes.ts';
import { WindowStatistics } from '../analysis/window-statistics.ts';
import { type FitInput, walk, widthOf } from './fit-input.ts';

/** Pairs of neighbouring pixels the detector gain is estimated from. */
const GAIN_PAIRS = 4096;

/**
 * Bad channels, the detector's noise, the scan's exponents and their curvature, from one walk over the measured pixels; from
 * two where a channel of the fit window turns out to be bad. A function of the spectra by pixel index and of the seed
 * alone. Pixels with a sample that is no finite number are left out.
 */
export async function calibrate(input: FitInput): Promise<SignalCalibration> {
  const { reader, window, shape, measured, seed, background } = input;
  const isNet = background === 'none';
  const width = widthOf(window);
  const sums = new Float64Array(width);
  const spikes = new SpikeLimits(width, measured.length);
  const residual = new SharedNoise(window.fitChannels);
  const detector = new DetectorNoiseEstimator(window);
  const fitter = isNet ? undefined : new PowerLawFitter(window);
  const statistics = new WindowStatistics(isNet ? 0 : measured.length);
  const share = (2 ** 32 * GAIN_PAIRS) / Math.max(countOf(measured), 1);
  // In a scan of one column the neighbour is the pixel below.
  const lastColumn = shape[1] > 1 ? shape[1] - 1 : -1;
  let spectraSeen = 0;
  for await (const { first, count, spectra } of walk(input))
    for (let p = 0; p < count; p++) {
      const pixel = first + p;
      if (!measured[pixel]) continue;
      const from = p * width;
      if (allFinite(spectra, from, width)) {
        spectraSeen++;
        for (let i = 0; i < width; i++) sums[i] += spectra[from + i];
        if (isNet) residual.add(spectra, from);
        else spikes.add(spectra, from);
      }
      if (!fitter) continue;
      fitter.gather(spectra, from, statistics, pixel);
      const hasNeighbour = p + 1 < count && pixel % shape[1] !== lastColumn && measured[pixel + 1];
      if (hasNeighbour && hash32(seed, pixel) < share) detector.add(spectra, from, from + width);
    }
  const bad = badChannels(sums, spectraSeen);
  if (isNet) {
    const noise = { gain: residual.factor, channelGain: 1, correlation: [] };
    return { bad, noise, background };
  }
  const noise = detector.estimate();
  const isMasked = bad.subarray(0, window.fitChannels).includes(1);
  const counted = isMasked ? await maskedStatistics(input, bad) : statistics;
  const saturation = saturationOf(reader.layout.dtype, reader.layout.paths.length);
  return {
    bad,
    noise,
    ...learnBackground(window, bad, counted, noise.gain, sums),
    samples: {
      spikes: spikes.limits(Math.max(noise.gain, noise.channelGain)),
      ...(saturation !== undefined && { saturation }),
    },
    ...(background && { background }),
  };
}

/** Statistics of the fit window without its bad channels. */
async function maskedStatistics(input: FitInput, bad: Uint8Array): Promise<WindowStatistics> {
  const { window, measured } = input;
  const fitter = new PowerLawFitter(window, bad);
  const statistics = new WindowStatistics(measured.length);
  for await (const { first, count, spectra } of walk(input))
    for (let p = 0; p < count; p++)
      if (measured[first + p]) fitter.gather(spectra, p * widthOf(window), statistics, first + p);
  return statistics;
}

function countOf(flags: Uint8Array): number {
  let count = 0;
  for (const flag of flags) if (flag) count++;
  return count;
}
