import { pixelCount, type Scan, type SumSpectrum } from '../../protocol/index.ts';
import { badChannels, saturationOf } from '../analysis/bad-channels.ts';
import { DetectorNoiseEstimator } from '../analysis/detector-noise.ts';
import { SpikeLimits } from '../analysis/spikes.ts';
import {
  findZeroLoss,
  logRatioThickness,
  thicknessDeviation,
  zeroLossPosition,
} from '../analysis/thickness.ts';
import type { CubeReader } from '../formats/cube.ts';
import { faultText } from './fault-text.ts';
import { RangeQueue } from './range-queue.ts';
import type { SurveyMaps, SurveyReport, Suspect } from './survey-protocol.ts';
import { TILE_PIXELS, tiles } from './tiles.ts';

export interface SurveyReaders {
  core: CubeReader;
  lowLoss?: CubeReader;
}

export interface SurveyInput {
  scan: Scan;
  maps: SurveyMaps;
  /** Whether anybody looks before the end. */
  live: boolean;
  report: (report: SurveyReport) => void;
}

/** A sum over many spectra of many channels is sent this often. */
const SUM_INTERVAL_MS = 250;
/** The detector's faults change slowly, and to tell them every channel is looked at. */
const FAULTS_INTERVAL_MS = 2000;

/** Pairs of neighbouring pixels the detector's gain is estimated from. */
const GAIN_PAIRS = 1024;

type Faults = NonNullable<SumSpectrum['faults']>;

/** What needs no edge: total counts, thickness, the sum spectrum, and samples that cannot be counts. */
export class SurveyAnalyser {
  readonly #scan: Scan;
  readonly #maps: SurveyMaps;
  readonly #live: boolean;
  readonly #report: (report: SurveyReport) => void;
  readonly #readers: SurveyReaders;
  /** Passes that are complete at each pixel. */
  readonly #measured: Uint8Array;
  /** Pixels whose spectrum is in the sums. */
  readonly #summed: Uint8Array;
  readonly #queue = new RangeQueue();
  readonly #sum: Float64Array;
  readonly #lowLossSum: Float64Array;
  #spectra = 0;
  #spikes: SpikeLimits;
  #detector: DetectorNoiseEstimator;
  #pairs = 0;
  #saturated = 0;
  /** Zero-loss positions of pixels, eV, and their standard deviation of t/λ; NaN where not known. */
  readonly #positions: Float32Array;
  readonly #deviations: Float32Array;
  readonly #suspects = new Map<Suspect['kind'], Suspect>();
  #pumping: Promise<void> | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #reporting: NodeJS.Timeout | undefined;
  #faults: { at: number; found: Faults } | undefined;

  constructor({ scan, maps, live, report }: SurveyInput, readers: SurveyReaders) {
    this.#scan = scan;
    this.#maps = maps;
    this.#live = live;
    this.#readers = readers;
    this.#report = report;
    this.#measured = new Uint8Array(pixelCount(scan));
    this.#summed = new Uint8Array(pixelCount(scan));
    this.#sum = new Float64Array(scan.channels);
    this.#lowLossSum = new Float64Array(scan.lowLoss?.channels ?? 0);
    this.#positions = new Float32Array(scan.lowLoss ? pixelCount(scan) : 0).fill(Number.NaN);
    this.#deviations = new Float32Array(this.#positions.length).fill(Number.NaN);
    this.#spikes = new SpikeLimits(scan.channels, pixelCount(scan));
    this.#detector = new DetectorNoiseEstimator({ fitChannels: scan.channels });
  }

  measured(first: number, count: number, pass: number): void {
    for (let pixel = first; pixel < first + count; pixel++)
      this.#measured[pixel] = Math.max(this.#measured[pixel], pass + 1);
    if (!this.#live) return;
    this.#queue.push(first, count);
    this.#pumping ??= this.#pump()
      .catch((error: unknown) => this.#report({ type: 'failed', message: faultText(error) }))
      .finally(() => {
        this.#pumping = undefined;
      });
  }

  /** Works off everything measured, then forms sums and maps again in the order of pixels. */
  async finalise(): Promise<void> {
    await this.#pumping;
    this.#sum.fill(0);
    this.#lowLossSum.fill(0);
    this.#summed.fill(0);
    this.#spectra = 0;
    this.#spikes = new SpikeLimits(this.#scan.channels, this.#measured.length);
    this.#detector = new DetectorNoiseEstimator({ fitChannels: this.#scan.channels });
    this.#pairs = 0;
    this.#saturated = 0;
    this.#suspects.clear();
    clearTimeout(this.#reporting);
    const { core, lowLoss } = this.#readers;
    const passes = Uint8Array.from(this.#measured);
    for await (const tile of tiles(core, [0, this.#scan.channels], passes, passes))
      this.#addCore(tile.spectra, tile.first, tile.count);
    if (lowLoss && this.#scan.lowLoss) {
      const range: [number, number] = [0, this.#scan.lowLoss.channels];
      for await (const tile of tiles(lowLoss, range, passes, passes))
        this.#addLowLoss(tile.spectra, tile.first, tile.count, passes);
      // The zero-loss peak is known from all spectra only now.
      for await (const tile of tiles(lowLoss, range, passes, passes))
        this.#thickness(tile.spectra, tile.first, tile.count);
    }
    this.#report({ type: 'maps', first: 0, count: passes.length });
    this.#faults = undefined;
    this.#reportSum();
    this.#report({ type: 'final' });
  }

  async #pump(): Promise<void> {
    for (let range = this.#queue.shift(TILE_PIXELS); range; range = this.#queue.shift(TILE_PIXELS)) {
      const { first, count } = range;
      const { channels, lowLoss } = this.#scan;
      const spectra = new Float32Array(count * channels);
      await this.#readers.core.read(first, count, 0, channels, spectra, this.#measured);
      const fresh = this.#summed.slice(first, first + count).map((flag) => 1 - flag);
      this.#addCore(spectra, first, count);
      if (lowLoss && this.#readers.lowLoss) {
        const low = new Float32Array(count * lowLoss.channels);
        await this.#readers.lowLoss.read(first, count, 0, lowLoss.channels, low, this.#measured);
        this.#addLowLoss(low, first, count, fresh, first);
        this.#thickness(low, first, count);
      }
      this.#report({ type: 'maps', first, count });
      this.#reportSumSoon();
    }
  }

  /**
   * Total counts of every pixel; into the sum goes each pixel once, with the passes it had then: while a scan runs that is
   * its first pass, in the end all of them.
   */
  #addCore(spectra: Float32Array, first: number, count: number): void {
    const { channels } = this.#scan;
    const sums = this.#sum;
    for (let p = 0; p < count; p++) {
      if (!this.#measured[first + p]) continue;
      let total = 0;
      let least = 0;
      for (let i = p * channels; i < (p + 1) * channels; i++) {
        total += spectra[i];
        if (spectra[i] < least) least = spectra[i];
      }
      this.#maps.counts[first + p] = total;
      if (this.#summed[first + p]) continue;
      this.#summed[first + p] = 1;
      if (least < 0) this.#suspect('negative', first + p, spectra, p, (value) => value < 0);
      if (!Number.isFinite(total)) {
        this.#suspect('not finite', first + p, spectra, p, (value) => !Number.isFinite(value));
        continue;
      }
      this.#spectra++;
      for (let i = 0, from = p * channels; i < channels; i++) sums[i] += spectra[from + i];
      this.#inspect(spectra, p, p > 0 && this.#measured[first + p - 1] > 0);
    }
  }

  /** Looks for what the detector adds to a spectrum of finite samples. */
  #inspect(spectra: Float32Array, p: number, hasNeighbour: boolean): void {
    const { channels } = this.#scan;
    this.#spikes.add(spectra, p * channels);
    if (hasNeighbour && this.#pairs < GAIN_PAIRS) {
      this.#pairs++;
      this.#detector.add(spectra, (p - 1) * channels, p * channels);
    }
    const { dtype, paths } = this.#readers.core.layout;
    const saturation = saturationOf(dtype, paths.length);
    if (saturation === undefined) return;
    let saturated = 0;
    for (let i = p * channels; i < (p + 1) * channels; i++) if (spectra[i] >= saturation) saturated++;
    this.#saturated += saturated;
  }

  #findFaults(): Faults {
    const bad = badChannels(this.#sum, this.#spectra);
    const { gain, channelGain } = this.#detector.estimate();
    const channels = (isDead: boolean) =>
      Array.from(bad.keys()).filter(
        (i) => bad[i] && isDead === this.#sum[i] < this.#sum[i > 0 ? i - 1 : i + 1],
      );
    return {
      dead: channels(true),
      hot: channels(false),
      spikes: this.#spikes.count(Math.max(gain, channelGain)),
      saturated: this.#saturated,
    };
  }

  #suspect(
    kind: Suspect['kind'],
    pixel: number,
    spectra: Float32Array,
    p: number,
    isWrong: (value: number) => boolean,
  ): void {
    const known = this.#suspects.get(kind);
    if (known) {
      known.pixels++;
      return;
    }
    const { channels } = this.#scan;
    const channel = spectra.subarray(p * channels, (p + 1) * channels).findIndex(isWrong);
    this.#suspects.set(kind, { kind, pixel, channel, value: spectra[p * channels + channel], pixels: 1 });
  }

  /** @param wanted non-zero where a pixel is to be added, its first entry that of pixel `origin` */
  #addLowLoss(spectra: Float32Array, first: number, count: number, wanted: Uint8Array, origin = 0): void {
    const channels = this.#lowLossSum.length;
    for (let p = 0; p < count; p++)
      if (wanted[first + p - origin])
        for (let i = 0; i < channels; i++) {
          const value = spectra[p * channels + i];
          if (Number.isFinite(value)) this.#lowLossSum[i] += value;
        }
  }

  #thickness(spectra: Float32Array, first: number, count: number): void {
    const { lowLoss } = this.#scan;
    const zeroLoss = lowLoss && findZeroLoss(this.#lowLossSum, lowLoss.energy);
    if (!zeroLoss) return;
    const channels = lowLoss.channels;
    for (let p = 0; p < count; p++) {
      if (!this.#measured[first + p]) continue;
      const spectrum = spectra.subarray(p * channels, (p + 1) * channels);
      const thickness = logRatioThickness(spectrum, zeroLoss, lowLoss.energy);
      this.#maps.thickness[first + p] = thickness;
      const total = spectrum.reduce((sum, value) => sum + value, 0);
      this.#deviations[first + p] = thicknessDeviation(thickness, total);
      this.#positions[first + p] = zeroLossPosition(spectrum, zeroLoss, lowLoss.energy);
    }
  }

  /** How far zero-loss peaks lie from 0 eV, and how exactly t/λ is known in the middle of the pixels. */
  #zeroLossFigures(): Pick<SumSpectrum, 'drift' | 'thicknessDeviation'> {
    const positions = this.#positions.filter(Number.isFinite);
    const deviations = this.#deviations.filter(Number.isFinite).sort();
    if (positions.length === 0) return {};
    return {
      drift: {
        by: 'zero-loss peak',
        mean: positions.reduce((sum, value) => sum + value, 0) / positions.length,
        least: positions.reduce((a, b) => Math.min(a, b)),
        most: positions.reduce((a, b) => Math.max(a, b)),
      },
      ...(deviations.length > 0 && { thicknessDeviation: deviations[deviations.length >> 1] }),
    };
  }

  #reportSumSoon(): void {
    this.#reporting ??= setTimeout(
      () => this.#reportSum(),
      Math.max(0, this.#reportedAt + SUM_INTERVAL_MS - performance.now()),
    );
  }

  #reportSum(): void {
    clearTimeout(this.#reporting);
    this.#reporting = undefined;
    const now = performance.now();
    this.#reportedAt = now;
    if (!this.#faults || now - this.#faults.at >= FAULTS_INTERVAL_MS)
      this.#faults = { at: now, found: this.#findFaults() };
    const { energy, lowLoss } = this.#scan;
    this.#report({
      type: 'sum',
      sum: {
        type: 'sum-spectrum',
        spectra: this.#spectra,
        energy,
        counts: Array.from(this.#sum),
        faults: this.#faults.found,
        ...this.#zeroLossFigures(),
        ...(lowLoss && { lowLoss: { energy: lowLoss.energy, counts: Array.from(this.#lowLossSum) } }),
      },
    });
    for (const suspect of this.#suspects.values()) this.#report({ type: 'suspect', ...suspect });
  }
}
