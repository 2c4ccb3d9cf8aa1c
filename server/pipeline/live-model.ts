import { ABSENT } from '../../protocol/index.ts';
import { PRESENCE_SNR, SignalExtractor } from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import { miniBatchStep, nearestCentre, refit } from '../analysis/kmeans.ts';
import { matchColours } from '../analysis/labels.ts';
import { type PcaBasis, project } from '../analysis/pca.ts';
import { IDENTITY, similarity, type Transform } from '../analysis/procrustes.ts';
import { SoftClasses } from '../analysis/soft-classes.ts';
import type { Placement } from '../analysis/umap.ts';
import type { EdgeFit } from './edge-fit.ts';
import type { EdgeMaps } from './edge-protocol.ts';

/** A fitted model in use: places new pixels, lets the centres follow, and knows how it is shown. */
export class LiveModel {
  readonly fit: EdgeFit;
  readonly revision: number;
  /** Colour of each class. */
  colours: number[];
  /** From the fitted plane to the one on screen. */
  readonly orientation: Transform;
  readonly #counts: Float64Array;
  readonly #scores: Float32Array;
  readonly #normalised: Float32Array;
  readonly extractor: SignalExtractor;

  /** @param before the model shown until now, and its maps: colours and orientation are matched to them */
  constructor(
    fit: EdgeFit,
    revision: number,
    window: EdgeWindow,
    before?: { model: LiveModel; maps: EdgeMaps },
  ) {
    this.fit = fit;
    this.revision = revision;
    this.extractor = new SignalExtractor(window, fit.signal.calibration);
    const k = this.classes;
    this.colours = matchColours(
      fit.labels,
      k,
      before?.maps.labels ?? fit.labels,
      before?.model.colours ?? [],
    );
    this.orientation = before ? orientationTowards(fit, before.model, before.maps) : [...IDENTITY];
    this.#counts = new Float64Array(k);
    for (const label of fit.labels) if (label >= 0) this.#counts[label]++;
    this.#scores = new Float32Array(fit.signal.basis?.components ?? 0);
    this.#normalised = new Float32Array(this.extractor.signalChannels);
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
    const seen = this.extractor.extract(spectra, from, this.#normalised, 0);
    maps.intensity[pixel] = seen.intensity;
    maps.snr[pixel] = seen.snr;
    if (!seen.valid) return;
    const placement = this.fit.placement;
    if (!(seen.snr >= PRESENCE_SNR && this.basis && placement)) {
      maps.labels[pixel] = seen.snr >= PRESENCE_SNR ? 0 : ABSENT;
      return;
    }
    project(this.basis, this.#normalised, 0, this.#scores, 0);
    this.#place(placement, pixel, maps);
  }

  #place(placement: Placement, pixel: number, maps: EdgeMaps): void {
    const position = new Float32Array(2);
    placement.place(this.#scores, 0, position, 0);
    const point = this.fit.classesIn === 'scores' ? this.#scores : position;
    const { label } = nearestCentre(point, 0, this.fit.centres, this.#dimension);
    miniBatchStep(point, this.#dimension, [label], this.fit.centres, this.#counts);
    maps.embedding.set(position, 2 * pixel);
    maps.labels[pixel] = label;
    maps.uncertainty[pixel] = this.fit.soft?.uncertainty(point, 0, label) ?? Number.NaN;
  }

  /**
   * A short full refit of the classes on every pixel shown; only in the embedding, whose points are kept.
   * @returns whether the maps have changed
   */
  refitClasses(maps: EdgeMaps, seed: number): boolean {
    if (this.fit.classesIn === 'scores' || !this.fit.placement) return false;
    const pixels: number[] = [];
    maps.labels.forEach((label, pixel) => {
      if (label >= 0) pixels.push(pixel);
    });
    const points = new Float32Array(2 * pixels.length);
    pixels.forEach((pixel, i) => {
      points.set(maps.embedding.subarray(2 * pixel, 2 * pixel + 2), 2 * i);
    });
    const before = Int16Array.from(pixels, (pixel) => maps.labels[pixel]);
    const clustering = refit(points, 2, this.fit.centres, seed);
    const soft = new SoftClasses(points, 2, clustering.labels, clustering.centres);
    this.fit.centres = clustering.centres;
    this.fit.soft = soft;
    this.colours = matchColours(clustering.labels, this.classes, before, this.colours);
    this.#counts.fill(0);
    pixels.forEach((pixel, i) => {
      maps.labels[pixel] = clustering.labels[i];
      maps.uncertainty[pixel] = soft.uncertainty(points, 2 * i, clustering.labels[i]);
      this.#counts[clustering.labels[i]]++;
    });
    return true;
  }

  /** Centres of the classes in the plane, one [x, y] per class, before `orientation`. */
  centroids(maps: EdgeMaps): [number, number][] {
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
