import { ABSENT, UNMEASURED } from '../../protocol/index.ts';
import { ClassJudge } from '../analysis/class-judge.ts';
import { type EdgeSignal, PRESENCE_SNR, SignalExtractor } from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import { miniBatchStep, nearestCentre } from '../analysis/kmeans.ts';
import { noveltyRatio, strangeness } from '../analysis/novelty.ts';
import { project } from '../analysis/pca.ts';
import { Placement } from '../analysis/placement.ts';
import { scorePrecision, scoreVariance } from '../analysis/score-noise.ts';
import type { LearnedClasses } from './class-learning.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import { classDimension, type ModelData, uncertaintyOf } from './model-data.ts';

/** A model in use: places new pixels and lets the centres of the classes follow them. */
export class LiveModel {
  readonly data: ModelData;
  #judge: ClassJudge;
  readonly #placement: Placement | undefined;
  readonly #extractor: SignalExtractor;
  readonly #scores: Float32Array;
  readonly #normalised: Float32Array;
  readonly #position = new Float32Array(2);

  constructor(data: ModelData, window: EdgeWindow) {
    this.data = data;
    const { plane, signal, judge } = data.fit;
    this.#judge = new ClassJudge(judge);
    this.#placement = plane && new Placement(plane.landmarks, plane.dimension, plane.embedding);
    this.#extractor = new SignalExtractor(window, signal.calibration);
    this.#scores = new Float32Array(data.memory.dimension);
    this.#normalised = new Float32Array(window.features);
  }

  /** Analyses one spectrum whose span starts at `from` and writes all maps of `pixel`. */
  analyse(spectra: Float32Array, from: number, pixel: number, maps: EdgeMaps<ArrayBufferLike>): void {
    const { counts } = this.data;
    const seen = this.#extractor.extract(spectra, from, this.#normalised, 0);
    maps.intensity[pixel] = seen.intensity;
    maps.snr[pixel] = seen.snr;
    maps.flags[pixel] = seen.valid ? seen.flags : Number.NaN;
    const before = maps.labels[pixel];
    if (before >= 0) counts[before]--;
    const label = !seen.valid
      ? UNMEASURED
      : seen.snr >= PRESENCE_SNR
        ? this.#place(pixel, seen, maps)
        : ABSENT;
    if (label >= 0) counts[label]++;
    else {
      maps.embedding.fill(Number.NaN, 2 * pixel, 2 * pixel + 2);
      maps.uncertainty[pixel] = Number.NaN;
      maps.novelty[pixel] = Number.NaN;
    }
    maps.labels[pixel] = label;
  }

  /** Places the spectrum just extracted in the plane and among the classes; returns its label. */
  #place(pixel: number, seen: EdgeSignal, maps: EdgeMaps<ArrayBufferLike>): number {
    const { fit, memory } = this.data;
    const { centres, meanVariance, noveltyLimit, signal } = fit;
    const placement = this.#placement;
    if (!signal.basis || !placement) return 0;
    project(signal.basis, this.#normalised, 0, this.#scores, 0);
    placement.place(this.#scores, 0, this.#position, 0);
    const precision = scorePrecision(seen);
    const inScores = fit.classesIn === 'scores';
    const point = inScores ? this.#scores : this.#position;
    const d = classDimension(fit);
    const { label } = nearestCentre(point, 0, centres, d);
    miniBatchStep(point, d, [label], centres, this.data.seen, inScores ? precision * meanVariance : 1);
    memory.scores.set(this.#scores, pixel * memory.dimension);
    memory.precisions[pixel] = precision;
    memory.neighbours.set(placement.neighbours.indices, pixel * memory.voters);
    maps.embedding.set(this.#position, 2 * pixel);
    maps.uncertainty[pixel] = uncertaintyOf(this.#judge, this.data, pixel, label);
    const strange = strangeness(placement.neighbours.distances, scoreVariance(precision, meanVariance));
    maps.novelty[pixel] = noveltyRatio(strange, noveltyLimit);
    return label;
  }

  /**
   * Takes over classes that were learned beside the placement, and their maps.
   * @param placed pixels placed since then, which are labelled by them too
   */
  adopt(learned: LearnedClasses, maps: EdgeMaps, placed: Iterable<number>): void {
    const { centres, judge, births, labels, uncertainty, ...shown } = learned;
    const { fit, memory } = Object.assign(this.data, shown);
    Object.assign(fit, { centres, judge, ...(births && { births }) });
    this.#judge = new ClassJudge(judge);
    const later = Array.from(placed, (pixel) => ({ pixel, label: maps.labels[pixel] }));
    maps.labels.set(labels);
    maps.uncertainty.set(uncertainty);
    const { counts } = this.data;
    const d = classDimension(fit);
    const [points, width] =
      fit.classesIn === 'scores' ? [memory.scores, memory.dimension] : [maps.embedding, 2];
    for (const { pixel, label: before } of later) {
      if (labels[pixel] >= 0) counts[labels[pixel]]--;
      const label = before >= 0 ? nearestCentre(points, width * pixel, centres, d).label : before;
      maps.labels[pixel] = label;
      maps.uncertainty[pixel] = label >= 0 ? uncertaintyOf(this.#judge, this.data, pixel, label) : Number.NaN;
      if (label >= 0) counts[label]++;
    }
  }
}
