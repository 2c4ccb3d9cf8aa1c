import type { Scan, SumSpectrum } from '../../../protocol/index.ts';
import { saturationOf } from '../../analysis/detector/bad-channels.ts';
import { countUnit, isScaled } from '../../analysis/detector/count-unit.ts';
import {
  findZeroLoss,
  logRatioThickness,
  saturatedZeroLoss,
  thicknessDeviation,
  type ZeroLoss,
  zeroLossDeviation,
  zeroLossPosition,
  zeroLossTop,
} from '../../analysis/low-loss/thickness.ts';
import { upperMedian } from '../../analysis/math/median.ts';
import type { CubeReader } from '../../formats/cube.ts';
import { addends } from '../../formats/reading/patched-reader.ts';
import type { SurveyMaps } from './survey-protocol.ts';

/** Least drift to resample for, as a share of a core-loss channel. */
const WORTH_CHANNELS = 0.2;
/** Drift in deviations from which it is one. */
const SIGNIFICANT = 3;
/** A peak this far, eV, from those of the pixels before and after is a misjudged one (an x-ray). */
const JUMP_EV = 0.5;

/** How the position of the zero-loss peak is used. */
type LowLossUse = Omit<NonNullable<SumSpectrum['zeroLoss']>, 'position'>;

const quantile = (sorted: Float32Array, share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/**
 * Thickness and shift of the energy axis, pixel by pixel, from the low loss of a scan. For a scan whose own axis holds
 * the zero-loss peak its own spectra are that low loss.
 */
export class LowLossSurvey {
  readonly sum: Float64Array;
  readonly #use: LowLossUse;
  readonly #scan: Scan & Required<Pick<Scan, 'lowLoss'>>;
  readonly #cube: Pick<CubeReader, 'layout'>;
  readonly #maps: SurveyMaps;
  /** Zero-loss positions, eV, their deviations and those of t/λ, both for gain 1; NaN where not known. */
  readonly #positions: Float32Array;
  readonly #positionDeviations: Float32Array;
  readonly #thicknessDeviations: Float32Array;
  /** The peak that pixels were judged by. */
  #zeroLoss: ZeroLoss | undefined;
  /** Zero-loss position that shifts are counted from, eV. */
  #reference: number | undefined;

  constructor(
    scan: Scan & Required<Pick<Scan, 'lowLoss'>>,
    cube: Pick<CubeReader, 'layout'>,
    maps: SurveyMaps,
    use: LowLossUse = { own: false, mends: false },
  ) {
    this.#use = use;
    this.#scan = scan;
    this.#cube = cube;
    this.#maps = maps;
    this.sum = new Float64Array(scan.lowLoss.channels);
    const unknown = () => new Float32Array(maps.thickness.length).fill(Number.NaN);
    this.#positions = unknown();
    this.#positionDeviations = unknown();
    this.#thicknessDeviations = unknown();
  }

  /** Whether a zero-loss peak was found. */
  get found(): boolean {
    return this.#zeroLoss !== undefined;
  }

  /** Forgets the sum and the peak that was found by it, before all spectra are taken again. */
  restart(): void {
    this.sum.fill(0);
    this.#zeroLoss = undefined;
    this.#reference = undefined;
    for (const known of [this.#positions, this.#positionDeviations, this.#thicknessDeviations])
      known.fill(Number.NaN);
  }

  /** @param wanted non-zero where a pixel is to be added, its first entry that of pixel `origin` */
  add(spectra: Float32Array, first: number, count: number, wanted: Uint8Array, origin = 0): void {
    const { channels } = this.#scan.lowLoss;
    for (let p = 0; p < count; p++)
      if (wanted[first + p - origin])
        for (let i = 0; i < channels; i++) {
          const value = spectra[p * channels + i];
          if (Number.isFinite(value)) this.sum[i] += value;
        }
  }

  /** Thickness and zero-loss position of measured pixels, by the peak of the sum so far. */
  judge(spectra: Float32Array, first: number, count: number, measured: Uint8Array): void {
    const { channels, energy } = this.#scan.lowLoss;
    const zeroLoss = findZeroLoss(this.sum, energy);
    this.#zeroLoss = zeroLoss;
    if (!zeroLoss) return;
    const { dtype } = this.#cube.layout;
    const limit = saturationOf(dtype, addends(this.#cube.layout));
    const one = (spectrum: Float32Array) => (isScaled(dtype) && countUnit(spectrum, channels)?.one) || 1;
    for (let p = 0; p < count; p++) {
      const pixel = first + p;
      if (!measured[pixel]) continue;
      const spectrum = spectra.subarray(p * channels, (p + 1) * channels);
      const thickness = logRatioThickness(spectrum, zeroLoss, energy);
      const total = spectrum.reduce((sum, value) => sum + value, 0);
      this.#maps.thickness[pixel] = thickness;
      const isSaturated = saturatedZeroLoss(spectrum, zeroLoss, energy, limit, () => one(spectrum));
      this.#maps.zeroLossSaturated[pixel] = isSaturated ? 1 : 0;
      this.#thicknessDeviations[pixel] = thicknessDeviation(thickness, total);
      this.#positions[pixel] = zeroLossPosition(spectrum, zeroLoss, energy);
      this.#positionDeviations[pixel] = zeroLossDeviation(thickness, total, zeroLoss, energy);
    }
  }

  /** Takes the peak from the sum of all spectra; where there is none, nothing is known of any pixel. */
  seek(): boolean {
    this.#zeroLoss = findZeroLoss(this.sum, this.#scan.lowLoss.energy);
    if (!this.found) {
      this.#maps.thickness.fill(Number.NaN);
      this.#maps.zeroLossSaturated.fill(0);
    }
    return this.found;
  }

  /** Median of the zero-loss positions so far, eV. */
  get #median(): number | undefined {
    const known = this.#positions.filter(Number.isFinite).sort();
    return known.length > 0 ? quantile(known, 0.5) : undefined;
  }

  /** Offset of the positions, which are centroids, from the top of the peak, eV. */
  get #lean(): number {
    const { energy } = this.#scan.lowLoss;
    if (!this.#zeroLoss) return 0;
    const centroid = zeroLossPosition(Float32Array.from(this.sum), this.#zeroLoss, energy);
    return centroid - zeroLossTop(this.sum, this.#zeroLoss, energy);
  }

  /**
   * Counts shifts from the median of the zero-loss positions so far: the axis as a whole is left as the file has it, since its
   * offset in the core loss need not be that in the low loss. Where it is, shifts may be counted from 0 eV.
   */
  settle(): void {
    const median = this.#median;
    if (median !== undefined) this.#reference = this.#use.mends ? this.#lean : median;
  }

  /** Writes the shifts of the pixels [first, end). */
  writeShifts(first = 0, end = this.#positions.length): void {
    if (this.#reference === undefined) this.settle();
    const reference = this.#reference ?? Number.NaN;
    for (let pixel = first; pixel < end; pixel++) {
      const around = [pixel - 1, pixel, pixel + 1].map((p) => this.#positions[p]).filter(Number.isFinite);
      const middle = upperMedian(around);
      const own = this.#positions[pixel];
      this.#maps.shifts[pixel] = (Math.abs(own - middle) > JUMP_EV ? middle : own) - reference;
    }
  }

  /**
   * Whether spectra differ in energy by more than is uncertain, and by enough to be worth moving them.
   * @param gain variance over mean of the counts
   */
  drifts(gain: number): boolean {
    const known = this.#positions.filter(Number.isFinite).sort();
    const deviations = this.#positionDeviations.filter(Number.isFinite).sort();
    if (known.length === 0 || deviations.length === 0) return false;
    const spread = quantile(known, 0.95) - quantile(known, 0.05);
    const least = Math.max(
      SIGNIFICANT * Math.sqrt(gain) * quantile(deviations, 0.5),
      WORTH_CHANNELS * this.#scan.energy.dispersion,
    );
    return spread > least;
  }

  /**
   * How far zero-loss peaks lie from 0 eV, and how exactly that and t/λ are known in the middle of the pixels.
   * @param gain variance over mean of the counts
   */
  figures(gain: number): Partial<SumSpectrum> {
    const known = this.#positions.filter(Number.isFinite);
    if (known.length === 0) return {};
    const middle = (values: Float32Array) => {
      const sorted = values.filter(Number.isFinite).sort();
      return sorted.length > 0 ? Math.sqrt(gain) * quantile(sorted, 0.5) : undefined;
    };
    const uncertainty = middle(this.#positionDeviations);
    const ofThickness = middle(this.#thicknessDeviations);
    const saturated = this.#maps.zeroLossSaturated.reduce((sum, flag) => sum + flag, 0);
    const lean = this.#lean;
    const position = (this.#median ?? Number.NaN) - lean;
    return {
      zeroLoss: { position, ...this.#use },
      drift: {
        by: 'zero-loss peak',
        mean: known.reduce((sum, value) => sum + value, 0) / known.length - lean,
        least: known.reduce((a, b) => Math.min(a, b)) - lean,
        most: known.reduce((a, b) => Math.max(a, b)) - lean,
        ...(uncertainty !== undefined && { uncertainty }),
      },
      ...(ofThickness !== undefined && { thicknessDeviation: ofThickness }),
      ...(saturated > 0 && { saturatedZeroLoss: saturated }),
    };
  }
}
