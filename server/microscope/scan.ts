import { BYTES_PER_SAMPLE, channelOf, type DType, type ScanContext } from '../../protocol/index.ts';
import { type PixelGrid, scanGrids } from '../analysis/scan/scan-geometry.ts';
import type { Acquirable, ScanRow } from './acquirable.ts';
import { PHASES } from './cross-sections.ts';
import type { DetectorNoise } from './noise.ts';
import { createPhantom, type Phantom } from './phantom.ts';
import { LOW_LOSS_ELECTRONS, type PixelExposure, PixelRecorder } from './pixel-recorder.ts';
import { RandomStream } from './random.ts';
import {
  checkOptions,
  DEFAULT_DRIFT_EV,
  DEFAULT_NOISE,
  DOSE_ENERGIES_EV,
  DOSES,
  type Dose,
  type SimulationOptions,
} from './simulation-options.ts';
import { onSpecimen } from './specimen-grid.ts';
import { CORE_LOSS, LOW_LOSS, type Spectrometer } from './spectrometer.ts';
import { SpectrumModel, totalThickness } from './spectrum.ts';

/** Below this projected thickness, nm, a pixel counts as vacuum. */
export const VACUUM_BELOW_NM = 2;

/** Streams of random numbers of a pixel; a pass is the round of its stream. */
const PURPOSES = { core: 100, lowLoss: 101, haadf: 102 };
const FLYBACK_PURPOSES = { core: 103, lowLoss: 104, haadf: 105 };

/**
 * A simulated STEM-EELS scan. Every record depends on the options and its pixel alone, never on what was generated
 * before it, so rows can be asked for in any order and again.
 */
export class SimulatedScan implements Acquirable {
  readonly shape: [number, number];
  readonly seed: number;
  readonly dtype: DType;
  readonly order: 'raster' | 'serpentine';
  readonly flybackColumns: number;
  readonly passes: number;
  readonly driftEv: number;
  readonly noise: DetectorNoise;
  readonly withLowLoss: boolean;
  readonly context: ScanContext | undefined;
  readonly phantom: Phantom;
  readonly model: SpectrumModel;
  /** Where its pixels lie in the field of the instrument, nm. */
  readonly grid: PixelGrid;
  /** Incident electrons per pixel and pass, of the core loss. */
  readonly electrons: number;
  readonly #recorder: PixelRecorder;
  readonly #driftPhase: number;

  /** @throws InputError for an option that is out of range */
  constructor(
    options: SimulationOptions = {},
    core: Spectrometer = CORE_LOSS,
    lowLoss: Spectrometer = LOW_LOSS,
  ) {
    checkOptions(options);
    const { context } = options;
    this.shape = options.shape ?? [128, 128];
    this.seed = options.seed ?? 1;
    this.dtype = options.dtype ?? 'u16';
    this.order = options.order ?? 'raster';
    this.flybackColumns = options.flybackColumns ?? 0;
    this.passes = options.passes ?? 1;
    this.driftEv = options.driftEv ?? DEFAULT_DRIFT_EV;
    this.noise = { ...DEFAULT_NOISE, ...options.noise };
    this.withLowLoss = options.lowLoss ?? true;
    this.context = context;
    this.phantom = createPhantom({
      shape: context?.shape ?? this.shape,
      seed: this.seed,
      ...(options.pixelSizeNm === undefined ? {} : { pixelSizeNm: options.pixelSizeNm }),
      ...(context && { grid: onSpecimen(context, scanGrids({ shape: this.shape, context }).scan) }),
    });
    const { pixelSizeNm } = this.phantom;
    this.grid = scanGrids({ shape: this.shape, pixelSizeNm, ...(context && { context }) }).scan;
    this.model = new SpectrumModel(core, lowLoss);
    this.#recorder = new PixelRecorder(this);
    this.#driftPhase = 2 * Math.PI * new RandomStream(this.seed, 0, 3).uniform();
    this.electrons = (this.#calibrate(options.dose ?? 'default') / this.passes) * (options.firstDwell ?? 1);
  }

  get bytesPerSample(): number {
    return BYTES_PER_SAMPLE[this.dtype];
  }

  get pixelSizeNm(): number {
    return this.context ? this.grid.size[1] / this.shape[1] : this.phantom.pixelSizeNm;
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
    return this.#recorder.expectedCoreLoss(this.#exposure(pixel, pass));
  }

  /** Mean counts of the low loss of one pass; valid until the next call. */
  expectedLowLoss(pixel: number, pass = 0): Float64Array {
    return this.#recorder.expectedLowLoss(this.#exposure(pixel, pass));
  }

  row(row: number, pass = 0): ScanRow {
    const columns = this.shape[1];
    const result = this.#recorder.createRow(columns + this.flybackColumns);
    const backwards = this.order === 'serpentine' && row % 2 === 1;
    for (let record = 0; record < columns + this.flybackColumns; record++) {
      const flyback = record >= columns;
      const place = flyback ? this.#flybackColumn(record - columns) : record;
      const pixel = row * columns + (backwards ? columns - 1 - place : place);
      const exposure = this.#exposure(pixel, pass);
      if (flyback) {
        exposure.index = row * this.flybackColumns + record - columns;
        exposure.purposes = FLYBACK_PURPOSES;
      }
      this.#recorder.record(exposure, result, record);
    }
    return result;
  }

  #exposure(pixel: number, pass: number): PixelExposure {
    return {
      thickness: this.thickness(pixel),
      shiftEv: this.driftAt(pixel, pass),
      electrons: this.electrons,
      lowLossElectrons: LOW_LOSS_ELECTRONS / this.passes,
      haadfDivisor: this.passes,
      index: pixel,
      purposes: PURPOSES,
      round: pass,
    };
  }

  #flybackColumn(step: number): number {
    const columns = this.shape[1];
    if (this.order === 'serpentine') return columns - 1;
    return Math.round((columns - 1) * (1 - (step + 0.5) / this.flybackColumns));
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
