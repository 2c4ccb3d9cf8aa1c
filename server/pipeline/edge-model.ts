import { allFinite } from '../analysis/all-finite.ts';
import { learnBackground } from '../analysis/background-curvature.ts';
import type { BackgroundMethod } from '../analysis/background-method.ts';
import { badChannels, saturationOf } from '../analysis/bad-channels.ts';
import { CovarianceAccumulator } from '../analysis/covariance.ts';
import { DetectorNoiseEstimator } from '../analysis/detector-noise.ts';
import {
  FLAG,
  PRESENCE_SNR,
  type SignalCalibration,
  SignalExtractor,
  SignalNoise,
} from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import { chooseLandmarks } from '../analysis/landmarks.ts';
import { type PcaBasis, principalComponents, project } from '../analysis/pca.ts';
import { PowerLawFitter } from '../analysis/power-law.ts';
import { hash32 } from '../analysis/random.ts';
import { SharedNoise } from '../analysis/residual-noise.ts';
import { scorePrecision } from '../analysis/score-noise.ts';
import { SpikeLimits } from '../analysis/spikes.ts';
import type { CubeReader } from '../formats/cube.ts';
import { tiles } from './tiles.ts';

/** Where and how the spectra of one edge are read for a fit. */
export interface FitInput {
  reader: CubeReader;
  window: EdgeWindow;
  shape: [number, number];
  /** Row-major, passes that are complete at each pixel, 0 where it is not measured; not changed during a fit. */
  measured: Uint8Array;
  seed: number;
  /** Default `poisson`. */
  background?: BackgroundMethod;
  signal?: AbortSignal;
}

/** Pairs of neighbouring pixels the detector gain is estimated from. */
const GAIN_PAIRS = 4096;

const span = (window: EdgeWindow): [number, number] => [window.firstChannel, window.endChannel];

/**
 * Bad channels, the detector's noise, the scan's exponents and their curvature, from two walks over the measured pixels. A function
 * of the spectra by pixel index and of the seed alone. Pixels with a sample that is no finite number are left out.
 */
export async function calibrate(input: FitInput): Promise<SignalCalibration> {
  const { reader, window, shape, measured, seed, signal } = input;
  const width = window.endChannel - window.firstChannel;
  const sums = new Float64Array(width);
  let spectraSeen = 0;
  const spikes = new SpikeLimits(width, measured.length);
  for await (const { first, count, spectra } of tiles(reader, span(window), measured, measured, signal)) {
    for (let p = 0; p < count; p++) {
      if (!measured[first + p]) continue;
      const from = p * width;
      if (!allFinite(spectra, from, width)) continue;
      spectraSeen++;
      spikes.add(spectra, from);
      for (let i = 0; i < width; i++) sums[i] += spectra[from + i];
    }
  }
  const bad = badChannels(sums, spectraSeen);
  if (input.background === 'none') return { bad, noise: await residualNoise(input), background: 'none' };
  const fitter = new PowerLawFitter(window, bad);
  const detector = new DetectorNoiseEstimator(window);
  const share = (2 ** 32 * GAIN_PAIRS) / Math.max(spectraSeen, 1);
  // In a scan of one column the neighbour is the pixel below.
  const lastColumn = shape[1] > 1 ? shape[1] - 1 : -1;
  const counts = new Float64Array(measured.length);
  const weighted = new Float64Array(measured.length);
  const squared = new Float64Array(measured.length);
  for await (const { first, count, spectra } of tiles(reader, span(window), measured, measured, signal)) {
    for (let p = 0; p < count; p++) {
      const pixel = first + p;
      if (!measured[pixel]) continue;
      const statistics = fitter.statistics(spectra, p * width);
      if (Number.isFinite(statistics.counts)) {
        counts[pixel] = statistics.counts;
        weighted[pixel] = statistics.weighted;
        squared[pixel] = fitter.squares(spectra, p * width);
      }
      const neighbour = p + 1 < count && pixel % shape[1] !== lastColumn && measured[pixel + 1];
      if (neighbour && hash32(seed, pixel) < share) detector.add(spectra, p * width, (p + 1) * width);
    }
  }
  const noise = detector.estimate();
  const statistics = { counts, weighted, squared };
  const calibration: SignalCalibration = {
    bad,
    noise,
    ...learnBackground(window, bad, statistics, noise.gain, sums),
  };
  const { dtype, paths } = reader.layout;
  const saturation = saturationOf(dtype, paths.length);
  calibration.samples = {
    spikes: spikes.limits(Math.max(noise.gain, noise.channelGain)),
    ...(saturation !== undefined && { saturation }),
  };
  if (input.background) calibration.background = input.background;
  return calibration;
}

/** Noise of spectra whose background was taken elsewhere; channels count for themselves, sums have the factor. */
async function residualNoise(input: FitInput): Promise<SignalCalibration['noise']> {
  const { reader, window, measured, signal } = input;
  const width = window.endChannel - window.firstChannel;
  const shared = new SharedNoise(window.fitChannels);
  for await (const { first, count, spectra } of tiles(reader, span(window), measured, measured, signal))
    for (let p = 0; p < count; p++) {
      const from = p * width;
      if (measured[first + p] && allFinite(spectra, from, width)) shared.add(spectra, from);
    }
  return { gain: shared.factor, channelGain: 1, correlation: [] };
}

/** Net signal of every measured pixel, and the principal components of those in which the edge is present. */
export interface SignalFit {
  calibration: SignalCalibration;
  /** Row-major; NaN where not measured. */
  intensity: Float32Array;
  snr: Float32Array;
  /** 1 where the edge is present. */
  present: Uint8Array;
  presentPixels: number;
  /** Bits of FLAG, row-major; how many pixels have each. */
  flags: Uint8Array;
  flagged: { noSignal: number; clamped: number; overSubtracted: number };
  /** Undefined when the edge is present in fewer than two pixels. */
  basis?: PcaBasis;
}

/** One walk: presence, and exact second moments of the normalised net spectra in fixed tiles of pixel indices. */
export async function fitSignal(
  input: FitInput,
  calibration: SignalCalibration,
  fewestComponents?: number,
): Promise<SignalFit> {
  const { reader, window, measured, signal } = input;
  const width = window.endChannel - window.firstChannel;
  const extractor = new SignalExtractor(window, calibration);
  const channels = window.features;
  const intensity = new Float32Array(measured.length).fill(Number.NaN);
  const snr = new Float32Array(measured.length).fill(Number.NaN);
  const present = new Uint8Array(measured.length);
  const flags = new Uint8Array(measured.length);
  const moments = new CovarianceAccumulator(channels);
  const noise = new SignalNoise(window);
  let presentPixels = 0;
  let rows = new Float32Array(0);
  for await (const { first, count, spectra } of tiles(reader, span(window), measured, measured, signal)) {
    if (rows.length < count * channels) rows = new Float32Array(count * channels);
    let kept = 0;
    for (let p = 0; p < count; p++) {
      if (!measured[first + p]) continue;
      const seen = extractor.extract(spectra, p * width, rows, kept * channels);
      intensity[first + p] = seen.intensity;
      snr[first + p] = seen.snr;
      flags[first + p] = seen.flags;
      if (!(seen.snr >= PRESENCE_SNR)) continue;
      present[first + p] = 1;
      noise.add(spectra, p * width, extractor.background, seen);
      kept++;
    }
    moments.add(rows, kept);
    presentPixels += kept;
  }
  const flagged = countFlags(flags);
  const fit: SignalFit = { calibration, intensity, snr, present, presentPixels, flags, flagged };
  if (presentPixels >= 2)
    fit.basis = principalComponents(moments, noise.covariance(calibration.noise), fewestComponents);
  return fit;
}

function countFlags(flags: Uint8Array): SignalFit['flagged'] {
  const count = (bit: number) => flags.reduce((sum, bits) => sum + ((bits & bit) !== 0 ? 1 : 0), 0);
  return {
    noSignal: count(FLAG.noSignal),
    clamped: count(FLAG.clamped),
    overSubtracted: count(FLAG.overSubtracted),
  };
}

/** Landmark pixels and their scores, n × components. */
export async function landmarkScores(
  input: FitInput,
  fit: SignalFit,
  limit: number,
  novel?: Uint8Array,
): Promise<{ pixels: Uint32Array; scores: Float32Array }> {
  const basis = fit.basis as PcaBasis;
  const pixels = chooseLandmarks(fit.present, input.shape, limit, input.seed, novel);
  const wanted = new Uint8Array(fit.present.length);
  for (const pixel of pixels) wanted[pixel] = 1;
  const scores = new Float32Array(pixels.length * basis.components);
  let next = 0;
  await scorePixels(input, fit, wanted, (_, tileScores, from) => {
    scores.set(tileScores.subarray(from, from + basis.components), next);
    next += basis.components;
  });
  return { pixels, scores };
}

/** Visits the scores of every wanted pixel, and how exactly they are known, in the order of pixels. */
export async function scorePixels(
  input: Pick<FitInput, 'reader' | 'window' | 'measured' | 'signal'>,
  fit: Pick<SignalFit, 'calibration' | 'basis'>,
  wanted: Uint8Array,
  visit: (pixel: number, scores: Float32Array, from: number, precision: number) => void,
): Promise<void> {
  const { reader, window, measured, signal } = input;
  const basis = fit.basis as PcaBasis;
  const width = window.endChannel - window.firstChannel;
  const extractor = new SignalExtractor(window, fit.calibration);
  const normalised = new Float32Array(window.features);
  const scores = new Float32Array(basis.components);
  for await (const { first, count, spectra } of tiles(reader, span(window), measured, wanted, signal))
    for (let p = 0; p < count; p++) {
      if (!wanted[first + p]) continue;
      const seen = extractor.extract(spectra, p * width, normalised, 0);
      project(basis, normalised, 0, scores, 0);
      visit(first + p, scores, 0, scorePrecision(seen));
    }
}
