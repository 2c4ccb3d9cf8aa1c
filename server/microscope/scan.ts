import { BYTES_PER_SAMPLE, channelOf, type DType, type Samples } from '../../protocol/index.ts';
import { PHASES, SCATTERING } from './cross-sections.ts';
import { type DetectorNoise, recordSpectrum, SAMPLES } from './noise.ts';
import { createPhantom, type Phantom } from './phantom.ts';
import { poisson } from './poisson.ts';
import { RandomStream } from './random.ts';
import {
  checkOptions,
  DEFAULT_NOISE,
  DOSE_ENERGIES_EV,
  DOSES,
  type Dose,
  type SimulationOptions,
} from './simulation-options.ts';
import { CORE_LOSS, LOW_LOSS, type Spectrometer } from './spectrometer.ts';
import { SpectrumModel, totalThickness } from './spectrum.ts';

/** Below this projected thickness, nm, a pixel counts as vacuum. */
export const VACUUM_BELOW_NM = 2;

/** Incident electrons of one low-loss spectrum: short exposures, whatever the dose of the core loss. */
const LOW_LOSS_ELECTRONS = 150_000;
/** HAADF counts of 50 nm of silicon. */
const HAADF_COUNTS = 4000;

/** Streams of random numbers of a pixel; a pass is the round of its stream. */
const PURPOSE = {
  core: 100,
  lowLoss: 101,
  haadf: 102,
  flybackCore: 103,
  flybackLowLoss: 104,
  flybackHaadf: 105,
};

/** One row of records as the scan delivers them: pixels in the order of acquisition, then the fly-back. */
export interface ScanRow {
  core: Samples;
  lowLoss?: Samples;
  haadf: Float32Array;
}

/**
 * A simulated STEM-EELS scan. Every record depends on the options and its pixel alone, never on what was generated
 * before it, so rows can be asked for in any order and again.
 */
export class SimulatedScan {
  readonly shape: [number, number];
  readonly seed: number;
  readonly dtype: DType;
  readonly order: 'raster' | 'serpentine';
  readonly flybackColumns: number;
  readonly passes: number;
  readonly driftEv: number;
  readonly noise: DetectorNoise;
  readonly withLowLoss: boolean;
  readonly phantom: Phantom;
  readonly model: SpectrumModel;
  /** Incident electrons per pixel and pass, of the core loss. */
  readonly electrons: number;
  readonly #random = new RandomStream(0);
  readonly #expected: Float64Array;
  readonly #expectedLowLoss: Float64Array;
  readonly #work: Float64Array;
  readonly #driftPhase: number;
  readonly #lowLossNoise: DetectorNoise;

  /** @throws InputError for an option that is out of range */
  constructor(
    options: SimulationOptions = {},
    core: Spectrometer = CORE_LOSS,
    lowLoss: Spectrometer = LOW_LOSS,
  ) {
    checkOptions(options);
    this.shape = options.shape ?? [128, 128];
    this.seed = options.seed ?? 1;
    this.dtype = options.dtype ?? 'u16';
    this.order = options.order ?? 'raster';
    this.flybackColumns = options.flybackColumns ?? 0;
    this.passes = options.passes ?? 1;
    this.driftEv = options.driftEv ?? 0.5;
    this.noise = { ...DEFAULT_NOISE, ...options.noise };
    this.#lowLossNoise = { ...this.noise, deadChannels: [], spikeRate: 0 };
    this.withLowLoss = options.lowLoss ?? true;
    this.phantom = createPhantom({
      shape: this.shape,
      seed: this.seed,
      ...(options.pixelSizeNm === undefined ? {} : { pixelSizeNm: options.pixelSizeNm }),
    });
    this.model = new SpectrumModel(core, lowLoss);
    this.#expected = new Float64Array(core.channels);
    this.#expectedLowLoss = new Float64Array(lowLoss.channels);
    this.#work = new Float64Array(Math.max(core.channels, lowLoss.channels));
    this.#driftPhase = 2 * Math.PI * this.#random.reset(this.seed, 0, 3).uniform();
    this.electrons = this.#calibrate(options.dose ?? 'default') / this.passes;
  }

  get bytesPerSample(): number {
    return BYTES_PER_SAMPLE[this.dtype];
  }

  /** Projected thickness of a pixel's phases, nm. */
  thickness(pixel: number): Float32Array {
    return this.phantom.thicknessNm.subarray(pixel * PHASES.length, (pixel + 1) * PHASES.length);
  }

  isVacuum(pixel: number): boolean {
    return totalThickness(this.thickness(pixel)) < VACUUM_BELOW_NM;
  }

  /** Shift of the energy axis when a pixel is scanned, eV: a slow drift about 0 with a gentle wave in it. */
  driftAt(pixel: number, pass = 0): number {
    const [rows, columns] = this.shape;
    const row = Math.floor(pixel / columns);
    const column = pixel % columns;
    const place = this.order === 'serpentine' && row % 2 === 1 ? columns - 1 - column : column;
    const progress = (pass + (row + place / columns) / rows) / this.passes;
    return this.driftEv * (progress - 0.5 + 0.08 * Math.sin(2 * Math.PI * 1.7 * progress + this.#driftPhase));
  }

  /** Mean counts of the core loss of one pass, without dark counts; valid until the next call. */
  expectedCoreLoss(pixel: number, pass = 0): Float64Array {
    this.model.coreLoss(this.thickness(pixel), this.driftAt(pixel, pass), this.#expected);
    for (let i = 0; i < this.#expected.length; i++) this.#expected[i] *= this.electrons;
    return this.#expected;
  }

  /** Mean counts of the low loss of one pass; valid until the next call. */
  expectedLowLoss(pixel: number, pass = 0): Float64Array {
    this.model.lowLossSpectrum(this.thickness(pixel), this.driftAt(pixel, pass), this.#expectedLowLoss);
    const electrons = LOW_LOSS_ELECTRONS / this.passes;
    for (let i = 0; i < this.#expectedLowLoss.length; i++) this.#expectedLowLoss[i] *= electrons;
    return this.#expectedLowLoss;
  }

  /** All records of one row in one pass. */
  row(row: number, pass = 0): ScanRow {
    const columns = this.shape[1];
    const records = columns + this.flybackColumns;
    const core = SAMPLES[this.dtype].create(records * this.model.core.channels);
    const lowLoss = this.withLowLoss
      ? SAMPLES[this.dtype].create(records * this.model.lowLoss.channels)
      : undefined;
    const haadf = new Float32Array(records);
    const backwards = this.order === 'serpentine' && row % 2 === 1;
    for (let record = 0; record < records; record++) {
      const flyback = record >= columns;
      const place = flyback ? this.#flybackColumn(record - columns) : record;
      const pixel = row * columns + (backwards ? columns - 1 - place : place);
      const index = flyback ? row * this.flybackColumns + record - columns : pixel;
      this.#recordCore(pixel, pass, index, flyback, core, record);
      if (lowLoss) this.#recordLowLoss(pixel, pass, index, flyback, lowLoss, record);
      haadf[record] = this.#haadf(pixel, pass, index, flyback);
    }
    return lowLoss ? { core, lowLoss, haadf } : { core, haadf };
  }

  #flybackColumn(step: number): number {
    const columns = this.shape[1];
    if (this.order === 'serpentine') return columns - 1;
    return Math.round((columns - 1) * (1 - (step + 0.5) / this.flybackColumns));
  }

  #recordCore(
    pixel: number,
    pass: number,
    index: number,
    flyback: boolean,
    out: Samples,
    record: number,
  ): void {
    const expected = this.expectedCoreLoss(pixel, pass);
    this.#random.reset(this.seed, index, flyback ? PURPOSE.flybackCore : PURPOSE.core, pass);
    const work = this.#work.subarray(0, expected.length);
    recordSpectrum(expected, this.noise, this.#random, work, this.dtype, out, record * expected.length);
  }

  #recordLowLoss(
    pixel: number,
    pass: number,
    index: number,
    flyback: boolean,
    out: Samples,
    record: number,
  ): void {
    const expected = this.expectedLowLoss(pixel, pass);
    this.#random.reset(this.seed, index, flyback ? PURPOSE.flybackLowLoss : PURPOSE.lowLoss, pass);
    const work = this.#work.subarray(0, expected.length);
    recordSpectrum(
      expected,
      this.#lowLossNoise,
      this.#random,
      work,
      this.dtype,
      out,
      record * expected.length,
    );
  }

  /** Annular dark field: thickness times Z^1.7 of the atoms, with counting noise. Passes add up. */
  #haadf(pixel: number, pass: number, index: number, flyback: boolean): number {
    const thickness = this.thickness(pixel);
    let contrast = 0;
    for (let p = 0; p < PHASES.length; p++) contrast += thickness[p] * SCATTERING[PHASES[p]].massContrast;
    const expected = (HAADF_COUNTS * (contrast / (50 * SCATTERING.Si.massContrast) + 0.01)) / this.passes;
    return poisson(
      expected,
      this.#random.reset(this.seed, index, flyback ? PURPOSE.flybackHaadf : PURPOSE.haadf, pass),
    );
  }

  /** Incident electrons for which the three doses are met best: least squares of the logarithms. */
  #calibrate(dose: Dose | number): number {
    const wanted =
      typeof dose === 'number' ? DOSES.default.map((d) => (d * dose) / DOSES.default[0]) : DOSES[dose];
    const { energy, channels } = this.model.core;
    const inside = DOSE_ENERGIES_EV.map((e) => Math.round(channelOf(energy, e)))
      .map((channel, i) => ({ channel, wanted: wanted[i] }))
      .filter(({ channel }) => channel >= 0 && channel < channels);
    const sums = this.model.coreSums(
      inside.map(({ channel }) => {
        const weight = new Float64Array(channels);
        weight[channel] = 1;
        return weight;
      }),
    );
    const means = new Float64Array(inside.length);
    let count = 0;
    for (let pixel = 0; pixel < this.shape[0] * this.shape[1]; pixel++) {
      if (this.isVacuum(pixel)) continue;
      const { totals } = sums(this.thickness(pixel));
      for (let i = 0; i < means.length; i++) means[i] += totals[i];
      count++;
    }
    if (count === 0 || inside.length === 0) return 0;
    const logRatios = inside.reduce((sum, { wanted }, i) => sum + Math.log((wanted * count) / means[i]), 0);
    return Math.exp(logRatios / inside.length);
  }
}
