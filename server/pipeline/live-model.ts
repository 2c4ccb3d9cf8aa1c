import { ABSENT, UNMEASURED } from '../../protocol/index.ts';
import { chooseClassCount } from '../analysis/class-count.ts';
import { type EdgeSignal, PRESENCE_SNR, SignalExtractor } from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import { cluster, miniBatchStep, nearestCentre, refit } from '../analysis/kmeans.ts';
import { canonicalOrder, matchColours } from '../analysis/labels.ts';
import { noveltyRatio, strangeness } from '../analysis/novelty.ts';
import { type PcaBasis, project } from '../analysis/pca.ts';
import { IDENTITY, type Transform } from '../analysis/procrustes.ts';
import { precisionWeights, scorePrecision, scoreVariance } from '../analysis/score-noise.ts';
import { mostClasses, type PresentPixels } from './edge-classes.ts';
import { type EdgeFit, judgeOf } from './edge-fit.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import { orientationTowards } from './orientation.ts';
import { PixelMemory } from './pixel-memory.ts';

/** A class with less than this share of the pixels at so many refits in a row is merged into its neighbours. */
const STARVING_SHARE = 0.001;
const DEATH_AFTER = 5;

/** A fitted model in use: places new pixels, lets the centres follow, and knows how it is shown. */
export class LiveModel {
  readonly fit: EdgeFit;
  readonly revision: number;
  /** Colour of each class. */
  readonly colours: number[];
  /** First colour that no class of the scan has ever had. */
  readonly unusedColour: number;
  /** From the fitted plane to the one on screen. */
  readonly orientation: Transform;
  /** Pixels of each class in the maps. */
  readonly counts: number[];
  readonly #seen: Float64Array;
  readonly #extractor: SignalExtractor;
  readonly #scores: Float32Array;
  readonly #normalised: Float32Array;
  readonly #position = new Float32Array(2);
  readonly #memory: PixelMemory;
  /** Refits in a row that each class was starving in. */
  readonly #starving: number[];

  /** @param before the model shown until now, and its maps: colours and orientation are matched to them */
  constructor(
    fit: EdgeFit,
    revision: number,
    window: EdgeWindow,
    before?: { model: LiveModel; maps: EdgeMaps },
  ) {
    this.fit = fit;
    this.revision = revision;
    this.#extractor = new SignalExtractor(window, fit.signal.calibration);
    const k = this.classes;
    this.colours = matchColours(
      fit.labels,
      k,
      before?.maps.labels ?? fit.labels,
      before?.model.colours ?? [],
      before?.model.unusedColour,
    );
    this.unusedColour = Math.max(
      before?.model.unusedColour ?? 0,
      ...this.colours.map((colour) => colour + 1),
    );
    this.orientation = before ? orientationTowards(fit, before.model, before.maps) : [...IDENTITY];
    this.counts = new Array<number>(k).fill(0);
    for (const label of fit.labels) if (label >= 0) this.counts[label]++;
    const components = this.basis?.components ?? 0;
    const voters = fit.placement?.neighbours.indices.length ?? 0;
    this.#memory = new PixelMemory(fit.labels.length, components, voters, fit.landmarks);
    if (fit.pixels) this.#memory.fill(fit.labels, fit.pixels);
    delete fit.pixels;
    this.#seen = new Float64Array(k);
    this.#starving = new Array<number>(k).fill(0);
    this.#countSeen(fit.labels);
    this.#scores = new Float32Array(components);
    this.#normalised = new Float32Array(window.features);
  }

  get basis(): PcaBasis | undefined {
    return this.fit.signal.basis;
  }

  get #inScores(): boolean {
    return this.fit.classesIn === 'scores';
  }

  /** Dimension of the space the classes live in. */
  get #dimension(): number {
    return this.#inScores ? (this.basis?.components ?? 0) : 2;
  }

  get classes(): number {
    return this.basis ? this.fit.centres.length / this.#dimension : 1;
  }

  /** Analyses one spectrum whose span starts at `from` and writes all maps of `pixel`. */
  analyse(spectra: Float32Array, from: number, pixel: number, maps: EdgeMaps): void {
    const seen = this.#extractor.extract(spectra, from, this.#normalised, 0);
    maps.intensity[pixel] = seen.intensity;
    maps.snr[pixel] = seen.snr;
    maps.flags[pixel] = seen.valid ? seen.flags : Number.NaN;
    const before = maps.labels[pixel];
    if (before >= 0) this.counts[before]--;
    const label = !seen.valid
      ? UNMEASURED
      : seen.snr >= PRESENCE_SNR
        ? this.#place(pixel, seen, maps)
        : ABSENT;
    if (label >= 0) this.counts[label]++;
    else {
      maps.embedding.fill(Number.NaN, 2 * pixel, 2 * pixel + 2);
      maps.uncertainty[pixel] = Number.NaN;
      maps.novelty[pixel] = Number.NaN;
    }
    maps.labels[pixel] = label;
  }

  /** Places the spectrum just extracted in the plane and among the classes; returns its label. */
  #place(pixel: number, seen: EdgeSignal, maps: EdgeMaps): number {
    const { placement, centres, meanVariance, noveltyLimit } = this.fit;
    if (!this.basis || !placement) return 0;
    project(this.basis, this.#normalised, 0, this.#scores, 0);
    placement.place(this.#scores, 0, this.#position, 0);
    const precision = scorePrecision(seen);
    const point = this.#inScores ? this.#scores : this.#position;
    const { label } = nearestCentre(point, 0, centres, this.#dimension);
    const weight = this.#inScores ? precision * meanVariance : 1;
    miniBatchStep(point, this.#dimension, [label], centres, this.#seen, weight);
    this.#memory.set(pixel, this.#scores, precision, placement.neighbours.indices);
    maps.embedding.set(this.#position, 2 * pixel);
    maps.uncertainty[pixel] = this.#uncertainty(pixel, label);
    const strange = strangeness(placement.neighbours.distances, scoreVariance(precision, meanVariance));
    maps.novelty[pixel] = noveltyRatio(strange, noveltyLimit);
    return label;
  }

  #uncertainty(pixel: number, label: number): number {
    const { dimension, voters, scores, precisions, neighbours } = this.#memory;
    const variance = scoreVariance(precisions[pixel], this.fit.meanVariance);
    return this.fit.judge.uncertainty(
      scores,
      pixel * dimension,
      variance,
      label,
      neighbours,
      pixel * voters,
      voters,
    );
  }

  /** Weight that each centre rests on. */
  #countSeen(labels: Int16Array): void {
    this.#seen.fill(0);
    const { meanVariance } = this.fit;
    labels.forEach((label, pixel) => {
      if (label >= 0) this.#seen[label] += this.#inScores ? this.#memory.precisions[pixel] * meanVariance : 1;
    });
  }

  /**
   * A short full refit of the classes on the pixels shown. Classes keep their numbers.
   * @returns whether the maps have changed
   */
  refitClasses(maps: EdgeMaps, seed: number): boolean {
    if (!this.fit.placement || this.classes < 2) return false;
    const seen = this.#memory.gather(maps.labels, maps.embedding);
    const { points, d, weights } = this.#points(seen);
    const centres = refit(points, d, this.fit.centres, seed, weights);
    const labels = seen.pixels.map((_, i) => nearestCentre(points, d * i, centres, d).label);
    this.fit.centres = centres;
    this.fit.judge = judgeOf(this.fit, centres, seen, labels);
    this.counts.fill(0);
    seen.pixels.forEach((pixel, i) => {
      maps.labels[pixel] = labels[i];
      maps.uncertainty[pixel] = this.#uncertainty(pixel, labels[i]);
      this.counts[labels[i]]++;
    });
    this.#countSeen(maps.labels);
    this.counts.forEach((count, label) => {
      this.#starving[label] = count < STARVING_SHARE * seen.pixels.length ? this.#starving[label] + 1 : 0;
    });
    return true;
  }

  #points(seen: PresentPixels): { points: Float32Array; d: number; weights?: Float64Array } {
    if (!this.#inScores) return { points: seen.plane ?? new Float32Array(0), d: 2 };
    const weights = precisionWeights(seen.precisions);
    return { points: seen.scores, d: seen.dimension, ...(weights && { weights }) };
  }

  /** Classes that are there because few pixels are unlike all others: their number is not decided about. */
  get born(): readonly number[] {
    return (this.fit.births ?? []).map(({ label }) => label);
  }

  /** How many classes the pixels on screen make, besides the born ones; undefined where there is nothing to decide. */
  decideCount(maps: EdgeMaps, seed: number): number | undefined {
    const seen = this.#memory.gather(maps.labels, maps.embedding);
    if (!this.fit.placement || this.basis?.significant === 0 || seen.pixels.length < 2) return undefined;
    const { points, d, weights } = this.#points(seen);
    return chooseClassCount(points, d, mostClasses(seen.pixels.length), seed, weights);
  }

  /** Classes that have had next to no pixels for some time. */
  get dying(): number[] {
    const born = new Set(this.born);
    return [...this.counts.keys()].filter(
      (label) => this.#starving[label] >= DEATH_AFTER && !born.has(label),
    );
  }

  /**
   * The same model with its classes learned anew from the pixels on screen.
   * @param count of them, the born ones not counted; undefined: those of now without the dying ones
   */
  relearned(maps: EdgeMaps, seed: number, count?: number): EdgeFit {
    const seen = this.#memory.gather(maps.labels, maps.embedding);
    const { points, d, weights } = this.#points(seen);
    const { centres: old } = this.fit;
    const at = (label: number) => [...old.subarray(label * d, (label + 1) * d)];
    const [born, dying] = [this.born, new Set(this.dying)];
    const kept = [...this.counts.keys()].filter((label) => !born.includes(label) && !dying.has(label));
    const own =
      count === undefined ? kept.flatMap(at) : [...cluster(points, d, count, seed, weights).centres];
    const all = Float64Array.from([...own, ...born.flatMap(at)]);
    const nearest = Int16Array.from(seen.pixels, (_, i) => nearestCentre(points, d * i, all, d).label);
    const rename = canonicalOrder(nearest, all.length / d);
    const centres = new Float64Array(all.length);
    rename.forEach((label, before) => {
      centres.set(all.subarray(before * d, (before + 1) * d), label * d);
    });
    const labels = maps.labels.slice();
    seen.pixels.forEach((pixel, i) => {
      labels[pixel] = rename[nearest[i]];
    });
    const first = own.length / d;
    const births = this.fit.births?.map(({ pixels }, i) => ({ label: rename[first + i], pixels }));
    const judge = judgeOf(
      this.fit,
      centres,
      seen,
      nearest.map((label) => rename[label]),
    );
    const embedding = maps.embedding.slice();
    return { ...this.fit, centres, labels, embedding, judge, pixels: seen, ...(births && { births }) };
  }

  /** Tells the uncertainty of every pixel anew. */
  judgeAll(maps: EdgeMaps): void {
    maps.labels.forEach((label, pixel) => {
      if (label >= 0) maps.uncertainty[pixel] = this.#uncertainty(pixel, label);
    });
  }

  /** Centres of the classes in the plane, one [x, y] per class, before `orientation`. */
  centroids(maps: EdgeMaps): [number, number][] {
    if (!this.#inScores && this.basis)
      return this.counts.map((_, label) => [this.fit.centres[2 * label], this.fit.centres[2 * label + 1]]);
    const sums = Array.from({ length: this.classes }, () => [0, 0, 0]);
    maps.labels.forEach((label, pixel) => {
      const sum = sums[label];
      if (!sum || Number.isNaN(maps.embedding[2 * pixel])) return;
      sum[0] += maps.embedding[2 * pixel];
      sum[1] += maps.embedding[2 * pixel + 1];
      sum[2]++;
    });
    return sums.map(([x, y, n]) => (n > 0 ? [x / n, y / n] : [0, 0]));
  }
}
