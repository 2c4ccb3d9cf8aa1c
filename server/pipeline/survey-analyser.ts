import { pixelCount, type Scan } from '../../protocol/index.ts';
import { findZeroLoss, logRatioThickness } from '../analysis/thickness.ts';
import type { CubeReader } from '../formats/cube.ts';
import { RangeQueue } from './range-queue.ts';
import type { SurveyMaps, SurveyReport } from './survey-protocol.ts';
import { TILE_PIXELS, tiles } from './tiles.ts';

export interface SurveyReaders {
  core: CubeReader;
  lowLoss?: CubeReader;
}

type Suspect = Extract<SurveyReport, { type: 'suspect' }>;

/** What needs no edge: total counts, thickness, the sum spectrum, and samples that cannot be counts. */
export class SurveyAnalyser {
  readonly #scan: Scan;
  readonly #maps: SurveyMaps;
  readonly #report: (report: SurveyReport) => void;
  #readers: SurveyReaders;
  readonly #measured: Uint8Array;
  readonly #queue = new RangeQueue();
  #sum: Float64Array;
  #lowLossSum: Float64Array;
  #spectra = 0;
  #suspects = new Map<Suspect['kind'], Suspect>();
  #pumping: Promise<void> | undefined;

  constructor(scan: Scan, maps: SurveyMaps, readers: SurveyReaders, report: (report: SurveyReport) => void) {
    this.#scan = scan;
    this.#maps = maps;
    this.#readers = readers;
    this.#report = report;
    this.#measured = new Uint8Array(pixelCount(scan));
    this.#sum = new Float64Array(scan.channels);
    this.#lowLossSum = new Float64Array(scan.lowLoss?.channels ?? 0);
  }

  measured(first: number, count: number): void {
    this.#measured.fill(1, first, first + count);
    this.#queue.push(first, count);
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  reopen(readers: SurveyReaders): void {
    this.#readers = readers;
  }

  /** Works off everything measured, then forms sums and maps again in the order of pixels. */
  async finalise(): Promise<void> {
    await this.#pumping;
    this.#sum.fill(0);
    this.#lowLossSum.fill(0);
    this.#spectra = 0;
    this.#suspects.clear();
    const { core, lowLoss } = this.#readers;
    for await (const tile of tiles(core, [0, this.#scan.channels], this.#measured))
      this.#addCore(tile.spectra, tile.first, tile.count);
    if (lowLoss && this.#scan.lowLoss) {
      const range: [number, number] = [0, this.#scan.lowLoss.channels];
      for await (const tile of tiles(lowLoss, range, this.#measured))
        this.#addLowLoss(tile.spectra, tile.first, tile.count);
      // The zero-loss peak is known from all spectra only now.
      for await (const tile of tiles(lowLoss, range, this.#measured))
        this.#thickness(tile.spectra, tile.first, tile.count);
    }
    this.#report({ type: 'maps', first: 0, count: this.#measured.length });
    this.#reportSum();
    this.#report({ type: 'final' });
  }

  async #pump(): Promise<void> {
    for (let range = this.#queue.shift(TILE_PIXELS); range; range = this.#queue.shift(TILE_PIXELS)) {
      const { first, count } = range;
      const { channels, lowLoss } = this.#scan;
      const spectra = new Float32Array(count * channels);
      await this.#readers.core.read(first, count, 0, channels, spectra);
      this.#addCore(spectra, first, count);
      if (lowLoss && this.#readers.lowLoss) {
        const low = new Float32Array(count * lowLoss.channels);
        await this.#readers.lowLoss.read(first, count, 0, lowLoss.channels, low);
        this.#addLowLoss(low, first, count);
        this.#thickness(low, first, count);
      }
      this.#report({ type: 'maps', first, count });
      if (this.#queue.pixels === 0 || this.#spectra % (16 * TILE_PIXELS) === 0) this.#reportSum();
    }
  }

  #addCore(spectra: Float32Array, first: number, count: number): void {
    const { channels } = this.#scan;
    for (let p = 0; p < count; p++) {
      if (!this.#measured[first + p]) continue;
      let total = 0;
      let least = 0;
      for (let i = p * channels; i < (p + 1) * channels; i++) {
        total += spectra[i];
        if (spectra[i] < least) least = spectra[i];
      }
      this.#maps.counts[first + p] = total;
      if (least < 0) this.#suspect('negative', first + p, spectra, p, (value) => value < 0);
      if (!Number.isFinite(total)) {
        this.#suspect('not finite', first + p, spectra, p, (value) => !Number.isFinite(value));
        continue;
      }
      this.#spectra++;
      for (let i = 0; i < channels; i++) this.#sum[i] += spectra[p * channels + i];
    }
  }

  #suspect(
    kind: Suspect['kind'],
    pixel: number,
    spectra: Float32Array,
    p: number,
    wrong: (value: number) => boolean,
  ): void {
    const { channels } = this.#scan;
    const known = this.#suspects.get(kind);
    const channel = spectra.subarray(p * channels, (p + 1) * channels).findIndex(wrong);
    const suspect: Suspect = known
      ? { ...known, pixels: known.pixels + 1 }
      : { type: 'suspect', kind, pixel, channel, value: spectra[p * channels + channel], pixels: 1 };
    this.#suspects.set(kind, suspect);
    this.#report(suspect);
  }

  #addLowLoss(spectra: Float32Array, first: number, count: number): void {
    const channels = this.#lowLossSum.length;
    for (let p = 0; p < count; p++)
      if (this.#measured[first + p])
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
    for (let p = 0; p < count; p++)
      if (this.#measured[first + p])
        this.#maps.thickness[first + p] = logRatioThickness(
          spectra.subarray(p * channels, (p + 1) * channels),
          zeroLoss,
          lowLoss.energy,
        );
  }

  #reportSum(): void {
    const { energy, lowLoss } = this.#scan;
    this.#report({
      type: 'sum',
      sum: {
        type: 'sum-spectrum',
        spectra: this.#spectra,
        energy,
        counts: Array.from(this.#sum),
        ...(lowLoss && { lowLoss: { energy: lowLoss.energy, counts: Array.from(this.#lowLossSum) } }),
      },
    });
  }
}
