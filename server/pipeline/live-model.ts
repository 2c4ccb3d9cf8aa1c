import { ABSENT, UNMEASURED } from '../../protocol/index.ts';
import { type EdgeSignal, PRESENCE_SNR, SignalExtractor } from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import { miniBatchStep, nearestCentre, refit } from '../analysis/kmeans.ts';
import { matchColours } from '../analysis/labels.ts';
import { noveltyRatio, strangeness } from '../analysis/novelty.ts';
import { type PcaBasis, project } from '../analysis/pca.ts';
import { IDENTITY, similarity, type Transform } from '../analysis/procrustes.ts';
import { precisionWeights, scorePrecision, scoreVariance } from '../analysis/score-noise.ts';
import { type EdgeFit, uncertaintyOf } from './edge-fit.ts';
import type { EdgeMaps } from './edge-protocol.ts';

/** A fitted model in use: places new pixels, lets the centres follow, and knows how it is shown. */
export class LiveModel {
  readonly fit: EdgeFit;
  readonly revision: number;
  /** Colour of each class. */
  readonly colours: number[];
  /** From the fitted plane to the one on screen. */
  readonly orientation: Transform;
  /** Pixels of each class in the maps. */
  readonly counts: number[];
  readonly #seen: Float64Array;
  readonly #extractor: SignalExtractor;
  readonly #scores: Float32Array;
  readonly #normalised: Float32Array;
  readonly #position = new Float32Array(2);
  /** Of every pixel, where the classes are found in the scores: pixels × components. */
  readonly #pixelScores: Float32Array | undefined;
  readonly #precisions: Float64Array | undefined;

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
    );
    this.orientation = before ? orientationTowards(fit, before.model, before.maps) : [...IDENTITY];
    this.counts = new Array<number>(k).fill(0);
    for (const label of fit.labels) if (label >= 0) this.counts[label]++;
    this.#seen = Float64Array.from(this.counts);
    const pixels = fit.pixels;
    if (fit.classesIn === 'scores' && pixels) {
      this.#pixelScores = new Float32Array(fit.labels.length * pixels.dimension);
      this.#precisions = new Float64Array(fit.labels.length);
      this.#seen.fill(0);
      let next = 0;
      for (let pixel = 0; pixel < fit.labels.length; pixel++) {
        if (!fit.signal.present[pixel]) continue;
        const from = next * pixels.dimension;
        this.#pixelScores.set(
          pixels.scores.subarray(from, from + pixels.dimension),
          pixel * pixels.dimension,
        );
        this.#precisions[pixel] = pixels.precisions[next];
        this.#seen[fit.labels[pixel]] += pixels.precisions[next++] * fit.meanVariance;
      }
    }
    delete fit.pixels;
    this.#scores = new Float32Array(fit.signal.basis?.components ?? 0);
    this.#normalised = new Float32Array(window.features);
  }

  get basis(): PcaBasis | undefined {
    return this.fit.signal.basis;
  }

  /** Dimension of the space the classes live in. */
  get #dimension(): number {
    return this.fit.classesIn === 'scores' ? (this.basis?.components ?? 0) : 2;
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
    const { placement, centres } = this.fit;
    if (!this.basis || !placement) return 0;
    project(this.basis, this.#normalised, 0, this.#scores, 0);
    placement.place(this.#scores, 0, this.#position, 0);
    const precision = scorePrecision(seen);
    const inScores = this.fit.classesIn === 'scores';
    const point = inScores ? this.#scores : this.#position;
    const { label } = nearestCentre(point, 0, centres, this.#dimension);
    const weight = inScores ? precision * this.fit.meanVariance : 1;
    miniBatchStep(point, this.#dimension, [label], centres, this.#seen, weight);
    this.#pixelScores?.set(this.#scores, pixel * this.#scores.length);
    if (this.#precisions) this.#precisions[pixel] = precision;
    maps.embedding.set(this.#position, 2 * pixel);
    const variance = scoreVariance(precision, this.fit.meanVariance);
    const strange = strangeness(placement.neighbours.distances, variance);
    maps.novelty[pixel] = noveltyRatio(strange, this.fit.noveltyLimit);
    maps.uncertainty[pixel] = uncertaintyOf(this.fit, this.#scores, 0, precision, label);
    return label;
  }

  /**
   * A short full refit of the classes on the pixels shown. Classes keep their numbers.
   * @returns whether the maps have changed
   */
  refitClasses(maps: EdgeMaps, seed: number): boolean {
    const { placement } = this.fit;
    if (!placement || this.classes < 2) return false;
    const pixels: number[] = [];
    maps.labels.forEach((label, pixel) => {
      if (label >= 0) pixels.push(pixel);
    });
    const d = this.#dimension;
    const scores = this.#pixelScores;
    const source = scores ?? maps.embedding;
    const points = new Float32Array(d * pixels.length);
    pixels.forEach((pixel, i) => {
      points.set(source.subarray(d * pixel, d * (pixel + 1)), d * i);
    });
    const precisions =
      this.#precisions && Float64Array.from(pixels, (pixel) => this.#precisions?.[pixel] ?? 0);
    this.fit.centres = refit(points, d, this.fit.centres, seed, precisions && precisionWeights(precisions));
    this.counts.fill(0);
    this.#seen.fill(0);
    pixels.forEach((pixel, i) => {
      const { label } = nearestCentre(points, d * i, this.fit.centres, d);
      // In the plane the vote of the landmarks waits for the next fit, in the scores it is told anew.
      if (precisions) maps.uncertainty[pixel] = uncertaintyOf(this.fit, points, d * i, precisions[i], label);
      maps.labels[pixel] = label;
      this.counts[label]++;
      this.#seen[label] += precisions ? precisions[i] * this.fit.meanVariance : 1;
    });
    return true;
  }

  /** Centres of the classes in the plane, one [x, y] per class, before `orientation`. */
  centroids(maps: EdgeMaps): [number, number][] {
    if (this.fit.classesIn === 'embedding' && this.basis)
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

/** Brings the new plane over the old one as it is shown, by the pixels placed in both. */
function orientationTowards(fit: EdgeFit, before: LiveModel, maps: EdgeMaps): Transform {
  const [a, b, c, d, e, f] = before.orientation;
  const from: number[] = [];
  const to: number[] = [];
  for (let pixel = 0; pixel < fit.labels.length; pixel++) {
    const [x, y] = [maps.embedding[2 * pixel], maps.embedding[2 * pixel + 1]];
    const x1 = fit.embedding[2 * pixel];
    if (Number.isNaN(x) || Number.isNaN(x1)) continue;
    from.push(x1, fit.embedding[2 * pixel + 1]);
    to.push(a * x + b * y + c, d * x + e * y + f);
  }
  return similarity(Float32Array.from(from), Float32Array.from(to));
}
