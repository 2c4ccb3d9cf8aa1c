import type { DType, Samples } from '../../protocol/index.ts';
import type { ScanRow } from './acquirable.ts';
import { PHASES, SCATTERING } from './cross-sections.ts';
import { type DetectorNoise, recordSpectrum, SAMPLES } from './noise.ts';
import { poisson } from './poisson.ts';
import { RandomStream } from './random.ts';
import type { SpectrumModel } from './spectrum.ts';

/** Incident electrons of one low-loss spectrum: short exposures, whatever the dose of the core loss. */
export const LOW_LOSS_ELECTRONS = 150_000;
/** HAADF counts of 50 nm of silicon. */
const HAADF_COUNTS = 4000;

/** Streams of random numbers of a pixel. */
export interface Purposes {
  core: number;
  lowLoss: number;
  haadf: number;
}

/** What a pixel is recorded with. */
export interface PixelExposure {
  /** Projected thickness of its phases, nm. */
  thickness: Float32Array;
  /** Shift of the energy axis, eV. */
  shiftEv: number;
  /** Incident electrons of the core loss, and of the low loss. */
  electrons: number;
  lowLossElectrons: number;
  /** The dark field gets its full counts divided by this. */
  haadfDivisor: number;
  /** Which random numbers it gets. */
  index: number;
  purposes: Purposes;
  round: number;
}

/** Records pixels as the simulated detectors do; every record depends on its exposure and the seed alone. */
export class PixelRecorder {
  readonly #model: SpectrumModel;
  readonly #noise: DetectorNoise;
  readonly #lowLossNoise: DetectorNoise;
  readonly #dtype: DType;
  readonly #seed: number;
  readonly #withLowLoss: boolean;
  readonly #random = new RandomStream(0);
  readonly #expected: Float64Array;
  readonly #expectedLowLoss: Float64Array;
  readonly #work: Float64Array;

  constructor(options: {
    model: SpectrumModel;
    noise: DetectorNoise;
    dtype: DType;
    seed: number;
    withLowLoss: boolean;
  }) {
    const { core, lowLoss } = options.model;
    this.#model = options.model;
    this.#noise = options.noise;
    this.#lowLossNoise = { ...options.noise, deadChannels: [], spikeRate: 0 };
    this.#dtype = options.dtype;
    this.#seed = options.seed;
    this.#withLowLoss = options.withLowLoss;
    this.#expected = new Float64Array(core.channels);
    this.#expectedLowLoss = new Float64Array(lowLoss.channels);
    this.#work = new Float64Array(Math.max(core.channels, lowLoss.channels));
  }

  /** A row without records. */
  createRow(records: number): ScanRow {
    const { core, lowLoss } = this.#model;
    const create = (channels: number): Samples => SAMPLES[this.#dtype].create(records * channels);
    return {
      core: create(core.channels),
      ...(this.#withLowLoss && { lowLoss: create(lowLoss.channels) }),
      haadf: new Float32Array(records),
    };
  }

  /** Mean counts of the core loss, without dark counts; valid until the next call. */
  expectedCoreLoss({
    thickness,
    shiftEv,
    electrons,
  }: Pick<PixelExposure, 'thickness' | 'shiftEv' | 'electrons'>): Float64Array {
    this.#model.coreLoss(thickness, shiftEv, this.#expected);
    for (let i = 0; i < this.#expected.length; i++) this.#expected[i] *= electrons;
    return this.#expected;
  }

  /** Mean counts of the low loss; valid until the next call. */
  expectedLowLoss({
    thickness,
    shiftEv,
    lowLossElectrons,
  }: Pick<PixelExposure, 'thickness' | 'shiftEv' | 'lowLossElectrons'>): Float64Array {
    this.#model.lowLossSpectrum(thickness, shiftEv, this.#expectedLowLoss);
    for (let i = 0; i < this.#expectedLowLoss.length; i++) this.#expectedLowLoss[i] *= lowLossElectrons;
    return this.#expectedLowLoss;
  }

  /** Writes one record of a row. */
  record(pixel: PixelExposure, row: ScanRow, record: number): void {
    const { index, purposes, round } = pixel;
    const expected = this.expectedCoreLoss(pixel);
    this.#random.reset(this.#seed, index, purposes.core, round);
    this.#write(expected, this.#noise, row.core, record);
    if (row.lowLoss) {
      const expectedLowLoss = this.expectedLowLoss(pixel);
      this.#random.reset(this.#seed, index, purposes.lowLoss, round);
      this.#write(expectedLowLoss, this.#lowLossNoise, row.lowLoss, record);
    }
    row.haadf[record] = poisson(
      this.#expectedHaadf(pixel),
      this.#random.reset(this.#seed, index, purposes.haadf, round),
    );
  }

  #write(expected: Float64Array, noise: DetectorNoise, out: Samples, record: number): void {
    const work = this.#work.subarray(0, expected.length);
    recordSpectrum(expected, noise, this.#random, work, this.#dtype, out, record * expected.length);
  }

  /** Annular dark field: thickness times Z^1.7 of the atoms. Passes add up. */
  #expectedHaadf({ thickness, haadfDivisor }: PixelExposure): number {
    let contrast = 0;
    for (let p = 0; p < PHASES.length; p++) contrast += thickness[p] * SCATTERING[PHASES[p]].massContrast;
    return (HAADF_COUNTS * (contrast / (50 * SCATTERING.Si.massContrast) + 0.01)) / haadfDivisor;
  }
}
