import { learnBackground } from '../../analysis/background/background-curvature.ts';
import type { SignalCalibration } from '../../analysis/background/edge-signal.ts';
import { windowStatistics } from '../../analysis/background/window-statistics.ts';
import { badChannels, badNetChannels, saturationOf } from '../../analysis/detector/bad-channels.ts';
import { COUNTS, type CountUnit, countUnit, isScaled } from '../../analysis/detector/count-unit.ts';
import { DeadChannels } from '../../analysis/detector/dead-channels.ts';
import { DetectorNoiseEstimator } from '../../analysis/detector/detector-noise.ts';
import { MostProminent } from '../../analysis/detector/most-prominent.ts';
import { SharedNoise } from '../../analysis/detector/residual-noise.ts';
import { addTo } from '../../analysis/math/add-to.ts';
import { addends } from '../../formats/reading/patched-reader.ts';
import { type FitInput, widthOf } from './fit-input.ts';
import type { FitPool } from './fit-pool.ts';

/** Pairs of neighbouring pixels the detector gain is estimated from. */
const GAIN_PAIRS = 4096;

/**
 * Bad channels, the detector's noise, the scan's exponents and their curvature, from one read of the measured pixels;
 * from two where a channel of the fit window turns out to be bad. A function of the spectra by pixel index and of the
 * seed alone.
 */
export async function calibrate(input: FitInput, pool: FitPool): Promise<SignalCalibration> {
  const { reader, window, measured, background } = input;
  const isNet = background === 'none';
  const width = widthOf(window);
  const sums = new Float64Array(width);
  const spikes = new MostProminent(width, measured.length, pool.memory);
  const residual = new SharedNoise(window.fitChannels);
  const dead = new DeadChannels(width);
  const detector = new DetectorNoiseEstimator(window);
  const statistics = windowStatistics(isNet ? 0 : measured.length, pool.memory);
  const pairsBelow = (2 ** 32 * GAIN_PAIRS) / Math.max(countOf(measured), 1);
  let spectra = 0;
  const unit = await unitOf(input);
  const { one } = unit;
  const shared = { pairsBelow, statistics, floors: spikes.floors, one };
  for await (const part of pool.each(input, 'calibration', shared)) {
    spectra += part.spectra;
    addTo(sums, part.sums);
    dead.merge(part.dead);
    spikes.merge(part.spikes);
    detector.merge(part.pairs);
    residual.merge(part.residual);
  }
  if (isNet) {
    const bad = badNetChannels(sums, spectra);
    const noise = { gain: residual.factor, channelGain: 1, correlation: [] };
    return { bad, noise, background };
  }
  const bad = dead.mark(badChannels(sums, spectra, one));
  const noise = detector.estimate(unit);
  if (bad.subarray(0, window.fitChannels).includes(1))
    await pool.all(input, 'statistics', { bad, statistics });
  const saturation = saturationOf(reader.layout.dtype, addends(reader.layout));
  return {
    bad,
    noise,
    ...learnBackground(window, bad, statistics, noise.gain, sums),
    samples: {
      spikes: spikes.limits(Math.max(noise.gain, noise.channelGain), one),
      one,
      ...(saturation !== undefined && { saturation }),
    },
    ...(background && { background }),
  };
}

/** Spectra to estimate the unit of floating-point samples from, and how many are read for that. */
const UNIT_SPECTRA = 16;
const MOST_LOOKED_AT = 64;

/**
 * Value of one count in a scan; for floating-point samples estimated from some pixels, evenly among the measured ones.
 */
async function unitOf({ reader, window, measured }: FitInput): Promise<CountUnit> {
  if (!isScaled(reader.layout.dtype)) return COUNTS;
  const pixels = [...measured.keys()].filter((pixel) => measured[pixel]);
  const width = widthOf(window);
  const step = Math.max(1, pixels.length / MOST_LOOKED_AT);
  const spectra = new Float32Array(UNIT_SPECTRA * width);
  let taken = 0;
  // Every fourth one first: only where these are empty the others are read.
  for (let offset = 0; offset < 4 && taken < UNIT_SPECTRA; offset++)
    for (let n = offset; n < MOST_LOOKED_AT && taken < UNIT_SPECTRA; n += 4) {
      const at = Math.floor(n * step);
      if (at >= pixels.length) break;
      const buffer = spectra.subarray(taken * width, (taken + 1) * width);
      await reader.read(pixels[at], 1, window.firstChannel, window.endChannel, buffer, measured);
      if (buffer.every(Number.isFinite) && buffer.some((value) => value > 0)) taken++;
    }
  return countUnit(spectra.subarray(0, taken * width), width) ?? COUNTS;
}

function countOf(flags: Uint8Array): number {
  let count = 0;
  for (const flag of flags) if (flag) count++;
  return count;
}
