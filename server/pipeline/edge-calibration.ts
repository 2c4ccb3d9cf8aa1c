import { learnBackground } from '../analysis/background-curvature.ts';
import { badChannels, saturationOf } from '../analysis/bad-channels.ts';
import { DetectorNoiseEstimator } from '../analysis/detector-noise.ts';
import type { SignalCalibration } from '../analysis/edge-signal.ts';
import { PowerLawFitter } from '../analysis/power-law.ts';
import { hash32 } from '../analysis/random.ts';
import { SharedNoise } from '../analysis/residual-noise.ts';
import { runs } from '../analysis/runs.ts';
import { SpikeLimits } from '../analysis/spikes.ts';
import { WindowBlock } from '../analysis/window-block.ts';
import { WindowStatistics } from '../analysis/window-statistics.ts';
import { type FitInput, walk } from './fit-input.ts';

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
  const block = new WindowBlock(window);
  const { width, sums } = block;
  const spikes = new SpikeLimits(block, measured.length);
  const residual = new SharedNoise(window.fitChannels);
  const detector = new DetectorNoiseEstimator(window);
  if (!isNet) new PowerLawFitter(window).lead(block);
  const statistics = new WindowStatistics(isNet ? 0 : measured.length);
  const share = (2 ** 32 * GAIN_PAIRS) / Math.max(countOf(measured), 1);
  // In a scan of one column the neighbour is the pixel below.
  const lastColumn = shape[1] > 1 ? shape[1] - 1 : -1;
  let spectraSeen = 0;
  for await (const { first, count, spectra } of walk(input)) {
    for (let p = 0; p < count; p += block.capacity) {
      const rows = Math.min(block.capacity, count - p);
      block.load(spectra, p * width, rows);
      const isSound = (row: number) => measured[first + p + row] > 0 && block.isFinite(row);
      for (const [start, end] of runs(rows, isSound)) {
        spectraSeen += end - start;
        block.add(start, end);
        if (!isNet) spikes.add(start, end);
        else for (let row = start; row < end; row++) residual.add(spectra, (p + row) * width);
      }
      if (!isNet) noteMoments(block, rows, statistics, measured, first + p);
    }
    if (isNet) continue;
    for (let p = 0; p + 1 < count; p++) {
      const pixel = first + p;
      const isPair = measured[pixel] && measured[pixel + 1] && pixel % shape[1] !== lastColumn;
      if (isPair && hash32(seed, pixel) < share) detector.add(spectra, p * width, (p + 1) * width);
    }
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
  const block = new WindowBlock(window);
  new PowerLawFitter(window, bad).lead(block);
  const statistics = new WindowStatistics(measured.length);
  for await (const { first, count, spectra } of walk(input))
    for (let p = 0; p < count; p += block.capacity) {
      const rows = Math.min(block.capacity, count - p);
      block.load(spectra, p * block.width, rows);
      noteMoments(block, rows, statistics, measured, first + p);
    }
  return statistics;
}

/** Notes the statistics of the measured ones of a block of spectra, of which `pixel` is the first. */
function noteMoments(
  block: WindowBlock,
  rows: number,
  statistics: WindowStatistics,
  measured: Uint8Array,
  pixel: number,
): void {
  block.findMoments(rows);
  for (let row = 0; row < rows; row++)
    if (measured[pixel + row]) statistics.take(pixel + row, block.moments, row);
}

function countOf(flags: Uint8Array): number {
  let count = 0;
  for (const flag of flags) if (flag) count++;
  return count;
}
