import { type Edge, type EnergyAxis, energyOf } from '../../protocol/index.ts';
import { learnBackground } from '../../server/analysis/background/background-curvature.ts';
import {
  PRESENCE_SNR,
  type SignalCalibration,
  SignalExtractor,
} from '../../server/analysis/background/edge-signal.ts';
import { PowerLawFitter } from '../../server/analysis/background/power-law.ts';
import { noteMoments, windowStatistics } from '../../server/analysis/background/window-statistics.ts';
import { COUNTING_NOISE, DetectorNoiseEstimator } from '../../server/analysis/detector/detector-noise.ts';
import type { BackgroundMethod } from '../../server/analysis/windows/background-method.ts';
import { type EdgeWindow, edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { WindowBlock } from '../../server/analysis/windows/window-block.ts';
import { QUIET, recordSpectrum } from '../../server/microscope/noise.ts';
import { RandomStream } from '../../server/microscope/random.ts';
import { eachBlock } from './spectrum-blocks.ts';

const AXIS: EnergyAxis = { offset: 60, dispersion: 0.6, units: 'eV' };
const CHANNELS = 1024;
export const EDGES: Record<string, number> = { 'Si-L': 99, 'C-K': 284, 'O-K': 532 };
export const DOSES = [1, 2, 5, 10, 50];

/** Counts per channel, unscaled, of a spectrum without the edge; `u` in (0, 1) tells spectra of a scan apart. */
export type Density = (energyEv: number, u: number) => number;

/** Probabilities of n inelastic losses at t/λ = 1, and silicon's plasmon. */
const LOSSES = [1, 1, 1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720].map((p) => p * Math.exp(-1));
const PLASMON_EV = 16.9;
const gauss = (x: number, sigma: number) =>
  Math.exp(-0.5 * (x / sigma) ** 2) / (Math.sqrt(2 * Math.PI) * sigma);

/** What backgrounds look like in a specimen, exact power laws and others. */
export function shapes(edge: string): Record<string, Density> {
  const law: Density = (e) => (e / 100) ** -3;
  const all: Record<string, Density> = {
    'power law': law,
    'exponents 2.7–3.3': (e, u) => (e / 100) ** -(2.7 + 0.6 * u),
    // Single losses fall like E^−3 above 20 eV; those that lost one to three plasmons besides lie on top.
    'plural scattering, t/λ = 1': (e) =>
      LOSSES.slice(0, 4).reduce((sum, p, n) => {
        const single = e - n * PLASMON_EV;
        return single > 0 ? sum + p * (single * single + 400) ** -1.5 : sum;
      }, 0),
  };
  if (edge === 'Si-L')
    // Fourth to sixth plasmon of silicon at 67.6, 84.5 and 101.4 eV over silicon’s measured tail, 1.1e−3 per eV and t/λ at 97 eV.
    all['plasmon multiples, thick Si'] = (e) =>
      1.1e-3 * (e / 97) ** -3 +
      [4, 5, 6].reduce((sum, n) => sum + LOSSES[n] * gauss(e - n * PLASMON_EV, 1.9 * Math.sqrt(n)), 0);
  // What falls off behind the edge before adds a steeper law.
  if (edge === 'C-K') all['tail of Si-L'] = (e) => law(e, 0) + 1.5 * (e / 100) ** -4.5;
  if (edge === 'O-K') all['tail of C-K'] = (e) => law(e, 0) + 0.02 * (e / 284) ** -4.5;
  return all;
}

export interface BackgroundStudy {
  edge: Edge;
  density: Density;
  /** Mean counts per channel of the fit window. */
  dose: number;
  spectra: number;
  seed: number;
  /** `single`: Poisson without a prior, each spectrum for itself. */
  methods: (BackgroundMethod | 'single')[];
  /** Detector; gain 1 without correlation by default. */
  gain?: number;
  correlation?: number;
}

/** Of the extrapolated background over the signal window. */
export interface BackgroundFigures {
  /** Per cent of the true counts. */
  median: number;
  mean: number;
  /** In √(gain · true counts). */
  deviation: number;
  /** Share of the spectra in which the edge counts as present. */
  falsePresence: number;
  /** Share with an exponent that had to be clamped. */
  clamped: number;
}

export type BackgroundCase = Record<string, BackgroundFigures>;

/** Thickness varies by a fifth from spectrum to spectrum, as it does in a scan. */
const THICKNESS_SPREAD = 0.4;

export function studyBackground(study: BackgroundStudy): BackgroundCase {
  const { edge, methods, gain = 1 } = study;
  const window = edgeWindow(edge, AXIS, CHANNELS);
  const { data, truth } = simulateStudy(study, window);
  const calibration = calibrationOf(study, window, data);
  const result: BackgroundCase = {};
  for (const method of methods) {
    const { exponents: _, curvature: __, ...alone } = calibration;
    const using: SignalCalibration = method === 'single' ? alone : { ...calibration, background: method };
    result[method] = judge(new SignalExtractor(window, using), data, truth, gain);
  }
  return result;
}

/** What a scan of such spectra is calibrated to. */
export function calibrationOfStudy(study: BackgroundStudy): SignalCalibration {
  const window = edgeWindow(study.edge, AXIS, CHANNELS);
  return calibrationOf(study, window, simulateStudy(study, window).data);
}

/** Spectra × span, and the true counts of each in the signal window. */
function simulateStudy(
  { density, dose, spectra, seed, gain = 1, correlation = 0 }: BackgroundStudy,
  window: EdgeWindow,
): { data: Float32Array; truth: Float64Array } {
  const span = window.endChannel - window.firstChannel;
  const energies = Float64Array.from({ length: span }, (_, i) => energyOf(AXIS, window.firstChannel + i));
  const data = new Float32Array(spectra * span);
  const truth = new Float64Array(spectra);
  const random = new RandomStream(0);
  const [shape, expected, work] = [1, 2, 3].map(() => new Float64Array(span));
  const noise = { ...QUIET, gain, correlation };
  for (let p = 0; p < spectra; p++) {
    random.reset(seed, p);
    const u = random.uniform();
    let inFit = 0;
    for (let i = 0; i < span; i++) {
      shape[i] = density(energies[i], u);
      if (i < window.fitChannels) inFit += shape[i];
    }
    const thickness = 1 + THICKNESS_SPREAD * (random.uniform() - 0.5);
    for (let i = 0; i < span; i++) {
      expected[i] = (shape[i] * thickness * dose * window.fitChannels) / inFit;
      if (i >= window.signalStart) truth[p] += expected[i];
    }
    recordSpectrum(expected, noise, random, work, 'f32', data, p * span);
  }
  return { data, truth };
}

function calibrationOf(
  { spectra, gain = 1, correlation = 0 }: BackgroundStudy,
  window: EdgeWindow,
  data: Float32Array,
): SignalCalibration {
  const span = window.endChannel - window.firstChannel;
  const estimateNoise = gain !== 1 || correlation !== 0;
  const block = new WindowBlock(window);
  new PowerLawFitter(window).lead(block);
  const detector = new DetectorNoiseEstimator(window);
  const statistics = windowStatistics(spectra);
  const pooled = new Float64Array(span);
  eachBlock(block, data, (from, rows) => {
    block.findMoments(rows);
    for (let row = 0; row < rows; row++) noteMoments(statistics, from / span + row, block.moments, row);
  });
  for (let p = 0; p < spectra; p++) {
    for (let i = 0; i < span; i++) pooled[i] += data[p * span + i];
    if (p + 1 < Math.min(spectra, 4096)) detector.add(data, p * span, (p + 1) * span);
  }
  const noise = estimateNoise ? detector.estimate() : COUNTING_NOISE;
  const bad = new Uint8Array(span);
  return { bad, noise, ...learnBackground(window, bad, statistics, noise.gain, pooled) };
}

function judge(
  extractor: SignalExtractor,
  data: Float32Array,
  truth: Float64Array,
  gain: number,
): BackgroundFigures {
  const { window } = extractor;
  const span = window.endChannel - window.firstChannel;
  const normalised = new Float32Array(window.features);
  const errors = new Float64Array(truth.length);
  let squares = 0;
  let present = 0;
  let clamped = 0;
  for (let p = 0; p < truth.length; p++) {
    const copy = data.slice(p * span, (p + 1) * span);
    const seen = extractor.extract(copy, 0, normalised, 0);
    const found = extractor.background.subarray(window.signalStart).reduce((sum, y) => sum + y, 0);
    errors[p] = found / truth[p] - 1;
    squares += (found - truth[p]) ** 2 / (gain * truth[p]);
    if (seen.snr >= PRESENCE_SNR) present++;
    if ((seen.flags & 2) !== 0) clamped++;
  }
  const sorted = errors.toSorted();
  const n = errors.length;
  return {
    median: 100 * ((sorted[(n - 1) >> 1] + sorted[n >> 1]) / 2),
    mean: (100 * errors.reduce((sum, e) => sum + e, 0)) / n,
    deviation: Math.sqrt(squares / n),
    falsePresence: present / n,
    clamped: clamped / n,
  };
}
