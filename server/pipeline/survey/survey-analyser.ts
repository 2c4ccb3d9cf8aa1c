import {
  type Edge,
  type EnergyAxis,
  pixelCount,
  type Scan,
  type SumSpectrum,
} from '../../../protocol/index.ts';
import { interpolateNonFinite } from '../../analysis/detector/non-finite.ts';
import { parts } from '../../analysis/math/parts.ts';
import { runs } from '../../analysis/math/runs.ts';
import type { CubeLayout, CubeReader } from '../../formats/cube.ts';
import { cover, type ExposureInput, exposureOf, scanExposure } from '../../formats/reading/exposure.ts';
import { isSum } from '../../formats/reading/patched-reader.ts';
import { saturatedPixels, smallestScale } from '../../formats/reading/saturated-pixels.ts';
import type { AlignMethod } from '../options.ts';
import { RangeQueue } from '../reading/range-queue.ts';
import { TILE_PIXELS, TileReader } from '../reading/tiles.ts';
import { faultText } from '../threads/fault-text.ts';
import { DetectorSurvey } from './detector-survey.ts';
import { driftOf, EdgeShiftSurvey, isWorthMoving, jitterOf, writeEdgeShifts } from './edge-shift-survey.ts';
import { correctsAxis, lowLossOf } from './low-loss-of.ts';
import { LowLossSurvey } from './low-loss-survey.ts';
import { PIXEL_FAULT, PixelFaults } from './pixel-faults.ts';
import { ReadingSurvey } from './reading-survey.ts';
import type { SurveyLayouts, SurveyMaps, SurveyReport, SurveyWorkerData } from './survey-protocol.ts';
import { Suspects } from './suspects.ts';

export interface SurveyReaders {
  core: CubeReader;
  lowLoss?: CubeReader;
}

export interface SurveyInput extends Omit<SurveyWorkerData, keyof SurveyLayouts> {
  report: (report: SurveyReport) => void;
}

/** A sum over many spectra of many channels is sent this often. */
const SUM_INTERVAL_MS = 250;
/**
 * The detector's faults and the drift change slowly and are costly to compute: least interval, and pause as a multiple
 * of the duration.
 */
const FAULTS_INTERVAL_MS = 2000;
const FAULTS_REST = 30;
/** Spectra (or a row of them) needed before a scan without counts is reported. */
const ENOUGH_SPECTRA = 64;

type Faults = NonNullable<SumSpectrum['faults']>;

/** Analysis that needs no edge: total counts, thickness, the sum spectrum, and samples that cannot be counts. */
export class SurveyAnalyser {
  readonly #scan: Scan;
  readonly #maps: SurveyMaps;
  readonly #align: AlignMethod;
  readonly #live: boolean;
  readonly #report: (report: SurveyReport) => void;
  readonly #readers: SurveyReaders;
  /** Passes that are complete at each pixel. */
  readonly #measured: Uint8Array;
  /** Pixels whose spectrum is in the sums. */
  readonly #summed: Uint8Array;
  /** How long pixels are exposed by now. */
  readonly #exposed: ExposureInput;
  /** Exposure that total counts refer to. */
  #unit = 1;
  readonly #queue = new RangeQueue();
  /** Buffers for a tile of spectra, reused: new ones for every row would keep the garbage collector busy. */
  readonly #buffers: { core: Float32Array; lowLoss: Float32Array };
  readonly #lowLoss: LowLossSurvey | undefined;
  readonly #reading: ReadingSurvey;
  readonly #edges: readonly Edge[];
  readonly #edgeShifts: EdgeShiftSurvey;
  #detector: DetectorSurvey;
  readonly #suspects = new Suspects();
  readonly #pixelFaults: PixelFaults;
  /** Pixels whose counts are sums, of which one may be cut off: 1. */
  readonly #suspectedSums: Uint8Array;
  #pumping: Promise<void> | undefined;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #reporting: NodeJS.Timeout | undefined;
  #faults: { until: number; found: Faults } | undefined;
  /** Last reported state of the counts. */
  #isFaulty: boolean | undefined;

  constructor(input: SurveyInput, readers: SurveyReaders) {
    const { scan, maps, edges, align, asked, calibrate, chosen, live, report } = input;
    this.#scan = scan;
    this.#maps = maps;
    this.#align = align;
    this.#live = live;
    this.#readers = readers;
    this.#report = report;
    this.#measured = new Uint8Array(pixelCount(scan));
    this.#summed = new Uint8Array(pixelCount(scan));
    this.#exposed = { measured: this.#measured, layout: readers.core.layout, dwell: maps.dwell };
    const { channels, lowLoss } = scan;
    const buffer = (width: number) => new Float32Array(live ? TILE_PIXELS * width : 0);
    this.#buffers = { core: buffer(channels), lowLoss: buffer(lowLoss?.channels ?? 0) };
    const source = lowLossOf(scan);
    if (source)
      this.#lowLoss = new LowLossSurvey({ ...scan, lowLoss: source }, readers.lowLoss ?? readers.core, maps, {
        own: lowLoss === undefined,
        mends: correctsAxis(scan, align),
      });
    this.#reading = new ReadingSurvey({ filed: scan.energy, asked, calibrate, ...(chosen && { chosen }) });
    this.#edges = edges;
    this.#edgeShifts = new EdgeShiftSurvey(scan, edges, readers.core);
    this.#detector = new DetectorSurvey(readers.core);
    this.#suspectedSums = new Uint8Array(pixelCount(scan));
    this.#pixelFaults = new PixelFaults(maps.faults, edges, scan.energy, scan.channels);
  }

  measured(first: number, count: number, pass: number): void {
    cover(this.#measured, first, count, pass);
    if (!this.#live) return;
    this.#queue.push(first, count);
    this.#pumping ??= this.#pump()
      .catch((error: unknown) => this.#report({ type: 'failed', message: faultText(error) }))
      .finally(() => {
        this.#pumping = undefined;
      });
  }

  /** The cube has grown by a pass or a rescan. */
  extended(layout: CubeLayout): void {
    const known = this.#exposed.layout.patches?.length ?? 0;
    for (const { replaces = [] } of (layout.patches ?? []).slice(known))
      for (const [first, end] of replaces) this.#maps.faults.fill(0, first, end);
    this.#exposed.layout = layout;
  }

  /** Edges are read on this axis from now on. */
  choose(energy: EnergyAxis): void {
    this.#reading.choose(energy);
    this.#faults = undefined;
    if (this.#detector.spectra > 0) this.#reportSum();
  }

  /** Processes everything measured, then recomputes sums and maps in the order of pixels. */
  async finalise(): Promise<void> {
    await this.#pumping;
    await this.#edgeShifts.restart();
    this.#lowLoss?.restart();
    this.#summed.fill(0);
    this.#detector = new DetectorSurvey(this.#readers.core);
    this.#suspects.clear();
    this.#pixelFaults.clear();
    this.#suspectedSums.fill(0);
    clearTimeout(this.#reporting);
    this.#reporting = undefined;
    const { core, lowLoss } = this.#readers;
    const passes = Uint8Array.from(this.#measured);
    this.#unit = scanExposure(this.#exposed).unit;
    const spectra = new TileReader(core, [0, this.#scan.channels], passes);
    await spectra.visit(passes, (tile) => this.#addCore(tile.spectra, tile.first, tile.count));
    await this.#judgeSums(passes);
    const survey = this.#lowLoss;
    if (survey) {
      const tileReader = new TileReader(lowLoss ?? core, [0, survey.sum.length], passes);
      await tileReader.visit(passes, (tile) => survey.add(tile.spectra, tile.first, tile.count, passes));
      // The zero-loss peak is known from all spectra only now.
      if (survey.seek())
        await tileReader.visit(passes, (tile) => survey.judge(tile.spectra, tile.first, tile.count, passes));
    }
    this.#faults = undefined;
    this.#reportSum(true);
    this.#lowLoss?.writeShifts();
    await this.#followEdges(passes);
    this.#report({ type: 'maps', first: 0, count: passes.length });
    this.#report({ type: 'final' });
  }

  async #pump(): Promise<void> {
    for (let range = this.#queue.shift(TILE_PIXELS); range; range = this.#queue.shift(TILE_PIXELS)) {
      const { first, count } = range;
      const { channels, lowLoss } = this.#scan;
      const { core: spectra, lowLoss: low } = this.#buffers;
      await this.#readers.core.read(first, count, 0, channels, spectra, this.#measured);
      const fresh = this.#lowLoss && this.#summed.slice(first, first + count).map((flag) => 1 - flag);
      this.#addCore(spectra, first, count);
      if (fresh && this.#lowLoss) {
        if (lowLoss)
          await this.#readers.lowLoss?.read(first, count, 0, lowLoss.channels, low, this.#measured);
        const own = lowLoss ? low : spectra;
        this.#lowLoss.add(own, first, count, fresh, first);
        this.#lowLoss.judge(own, first, count, this.#measured);
        this.#lowLoss.writeShifts(first, first + count);
      }
      this.#report({ type: 'maps', first, count });
      this.#reportSumSoon();
    }
  }

  /**
   * Total counts of every pixel, for the dwell of the first pass where they differ; into the sum goes each pixel once, with the passes it had then: while a scan runs that is
   * its first pass, in the end all of them.
   */
  #addCore(spectra: Float32Array, first: number, count: number): void {
    const { channels } = this.#scan;
    const { block } = this.#detector;
    const scale = smallestScale(this.#readers.core.layout) ?? Number.POSITIVE_INFINITY;
    const fresh = new Uint8Array(block.capacity);
    const exposure = exposureOf(this.#exposed, first, count);
    if (this.#unit !== 1) for (let p = 0; p < count; p++) exposure[p] /= this.#unit;
    for (const { from: p, rows } of parts(count, block.capacity)) {
      block.load(spectra, p * channels, rows);
      if (this.#mask(spectra, first, p, rows)) block.load(spectra, p * channels, rows);
      fresh.fill(0);
      for (let row = 0; row < rows; row++) {
        const pixel = first + p + row;
        if (!this.#measured[pixel]) continue;
        this.#maps.counts[pixel] = block.totals[row] / exposure[p + row];
        if (this.#summed[pixel]) continue;
        this.#summed[pixel] = 1;
        const spectrum = () => spectra.subarray((p + row) * channels, (p + row + 1) * channels);
        if (block.least[row] < 0) this.#suspects.add('negative', pixel, spectrum());
        if (block.isFinite(row)) fresh[row] = 1;
        if (!block.isFinite(row) || block.most[row] >= scale)
          this.#notePixel(pixel, spectrum(), block.isFinite(row), scale);
      }
      for (const [start, end] of runs(rows, (row) => fresh[row] === 1)) {
        this.#detector.add(start, end);
        for (let at = Math.max(p + start, 1); at < p + end; at++)
          if (this.#measured[first + at - 1] && exposure[at - 1] === exposure[at])
            this.#detector.compare(spectra, at * channels);
      }
    }
  }

  #notePixel(pixel: number, spectrum: Float32Array, hasNumbers: boolean, scale: number): void {
    if (!hasNumbers || !isSum(this.#readers.core.layout))
      this.#pixelFaults.note(pixel, spectrum, hasNumbers, scale);
    else if (this.#pixelFaults.isSaturated(spectrum, scale)) this.#suspectedSums[pixel] = 1;
  }

  /** Sums reach the end of the scale without a sample that is cut off: their parts are read. */
  async #judgeSums(passes: Uint8Array): Promise<void> {
    if (!this.#suspectedSums.includes(1)) return;
    const { layout } = this.#readers.core;
    const { channels } = this.#pixelFaults;
    const saturated = await saturatedPixels(layout, this.#suspectedSums, channels, passes);
    saturated.forEach((flag, pixel) => {
      if (flag) this.#maps.faults[pixel] = PIXEL_FAULT.saturated;
    });
  }

  /**
   * Notes samples that are not finite, and masks them.
   * @param first pixel of the spectra
   * @param from first of the spectra that are in the block, `rows` of them
   * @returns whether any were masked
   */
  #mask(spectra: Float32Array, first: number, from: number, rows: number): boolean {
    const { channels } = this.#scan;
    const { block } = this.#detector;
    let found = false;
    for (let row = 0; row < rows; row++) {
      const pixel = first + from + row;
      if (block.isFinite(row) || !this.#measured[pixel]) continue;
      found = true;
      const at = (from + row) * channels;
      if (!this.#summed[pixel]) this.#suspects.add('not finite', pixel, spectra.subarray(at, at + channels));
    }
    return found && interpolateNonFinite(spectra, from * channels, rows, channels).length > 0;
  }

  get #byZeroLoss(): boolean {
    return this.#lowLoss?.found === true && this.#align !== 'onset';
  }

  /** Measures shifts from the edges of all pixels, and decides how spectra are read. */
  async #followEdges(passes: Uint8Array): Promise<void> {
    if (this.#byZeroLoss) return;
    const found = await this.#edgeShifts.find(this.#reading.energy, passes);
    if (!found) return;
    const applied = this.#aligns;
    if (applied) writeEdgeShifts(found, this.#maps.shifts);
    const { dispersion } = this.#reading.energy;
    const jitter = jitterOf(found, this.#edges);
    const alignment = { applied, dispersion, ...this.#detector.corrections, ...(jitter && { jitter }) };
    this.#report({ type: 'alignment', alignment });
    this.#reportSum(true);
  }

  /** On which axis edges are read, what the drift is so far, and how spectra are to be read. */
  #settle(isFinal: boolean): void {
    const { corrections } = this.#detector;
    const calibration = this.#reading.calibration(this.#detector);
    this.#report({ type: 'reading', reading: this.#reading.settle(this.#detector, calibration, isFinal) });
    if (calibration) this.#report({ type: 'calibration', calibration, final: isFinal });
    const { dispersion } = this.#reading.energy;
    this.#lowLoss?.settle();
    if (!isFinal && !this.#byZeroLoss) this.#edgeShifts.sample(this.#reading.energy, this.#measured);
    if (this.#byZeroLoss)
      this.#report({ type: 'alignment', alignment: { applied: this.#aligns, dispersion, ...corrections } });
  }

  /** Whether the spectra are to be moved. */
  get #aligns(): boolean {
    if (!this.#byZeroLoss)
      return this.#edgeShifts.found !== undefined && isWorthMoving(this.#edgeShifts.found, this.#align);
    if (!this.#lowLoss?.found || this.#align === 'off') return false;
    return this.#align === 'zlp' || this.#lowLoss.drifts(this.#detector.gain);
  }

  #driftFigures(): Partial<SumSpectrum> {
    const figures = this.#lowLoss?.figures(this.#detector.gain) ?? {};
    const { drift } = figures;
    const { found } = this.#edgeShifts;
    if (found && !this.#byZeroLoss) return { ...figures, drift: driftOf(found, this.#aligns) };
    return { ...figures, ...(drift && { drift: { ...drift, aligned: this.#aligns } }) };
  }

  #reportSumSoon(): void {
    this.#reporting ??= setTimeout(
      () => this.#reportSum(),
      Math.max(0, this.#reportedAt + SUM_INTERVAL_MS - performance.now()),
    );
  }

  /** Only once enough spectra are known: many scans begin with some constant ones. */
  #reportCountsFault(): void {
    const { spectra, countsFault: fault } = this.#detector;
    if (spectra < Math.min(this.#scan.shape[1], ENOUGH_SPECTRA)) return;
    const isFaulty = fault !== undefined;
    if (!isFaulty && this.#isFaulty === false) return;
    this.#isFaulty = isFaulty;
    this.#report({ type: 'counts', fault });
  }

  #reportSum(isFinal = false): void {
    clearTimeout(this.#reporting);
    this.#reporting = undefined;
    const now = performance.now();
    this.#reportedAt = now;
    if (!this.#faults || now >= this.#faults.until) {
      const found = this.#detector.faults();
      this.#settle(isFinal);
      const took = performance.now() - now;
      this.#faults = { until: now + Math.max(FAULTS_INTERVAL_MS, FAULTS_REST * took), found };
    }
    const { lowLoss } = this.#scan;
    this.#report({
      type: 'sum',
      sum: {
        type: 'sum-spectrum',
        spectra: this.#detector.spectra,
        energy: this.#reading.energy,
        counts: Array.from(this.#detector.sum),
        faults: this.#faults.found,
        ...this.#driftFigures(),
        ...(lowLoss &&
          this.#lowLoss && { lowLoss: { energy: lowLoss.energy, counts: Array.from(this.#lowLoss.sum) } }),
      },
    });
    for (const suspect of this.#suspects) this.#report({ type: 'suspect', ...suspect });
    this.#reportCountsFault();
  }
}
