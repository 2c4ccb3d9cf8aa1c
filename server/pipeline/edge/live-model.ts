import { ABSENT, UNMEASURED } from '../../../protocol/index.ts';
import { type EdgeSignals, PRESENCE_SNR, SignalExtractor } from '../../analysis/background/edge-signal.ts';
import { DECISION_NUMBERS, writeDecision } from '../../analysis/clustering/class-decision.ts';
import { ClassJudge } from '../../analysis/clustering/class-judge.ts';
import { pixelWeight } from '../../analysis/clustering/class-weights.ts';
import { miniBatchStep, nearestCentre } from '../../analysis/clustering/kmeans.ts';
import { noveltyRatio, noveltyScore } from '../../analysis/clustering/novelty.ts';
import { project } from '../../analysis/decomposition/pca.ts';
import { scorePrecision, scoreVariance } from '../../analysis/decomposition/score-noise.ts';
import { Placement } from '../../analysis/embedding/placement.ts';
import { parts } from '../../analysis/math/parts.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import { noveltyLimitOf } from '../fit/edge-fit.ts';
import type { LearnedClasses } from './class-learning.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import { classDimension, judgePixel, type ModelData } from './model-data.ts';

/** A model in use: places new pixels and updates the class centres with them. */
export class LiveModel {
  readonly data: ModelData;
  #judge: ClassJudge;
  readonly #placement: Placement | undefined;
  readonly #extractor: SignalExtractor;
  readonly #scores: Float32Array;
  readonly #position = new Float32Array(2);

  constructor(data: ModelData, window: EdgeWindow) {
    this.data = data;
    const { landmarkEmbedding, signal, judge } = data.fit;
    this.#judge = new ClassJudge(judge);
    this.#placement =
      landmarkEmbedding &&
      new Placement(landmarkEmbedding.landmarks, landmarkEmbedding.dimension, landmarkEmbedding.embedding);
    this.#extractor = new SignalExtractor(window, signal.calibration);
    this.#scores = new Float32Array(signal.basis?.components ?? 0);
  }

  /**
   * Analyses pixels [first, first + count) and writes all their maps.
   * @param spectra of the span, count × channels
   * @param exposure of these pixels; all like those of the model when left out
   */
  analyse(
    spectra: Float32Array,
    first: number,
    count: number,
    maps: EdgeMaps<ArrayBufferLike>,
    exposure?: Float32Array,
  ): void {
    const { exposureUnit: unit } = this.data.fit;
    const { capacity, width } = this.#extractor.block;
    for (const { from, rows } of parts(count, capacity)) {
      const seen = this.#extractor.extractBlock(spectra, from * width, rows);
      for (let row = 0; row < rows; row++) {
        const pixel = first + from + row;
        this.#analyse(seen, row, pixel, maps, exposure ? exposure[pixel - first] / unit : 1);
      }
    }
  }

  /** Writes the maps of `pixel`, whose spectrum is `row` of those just extracted. */
  #analyse(
    seen: EdgeSignals,
    row: number,
    pixel: number,
    maps: EdgeMaps<ArrayBufferLike>,
    exposure: number,
  ): void {
    const { counts } = this.data;
    maps.intensity[pixel] = seen.intensity[row] / exposure;
    maps.snr[pixel] = seen.snr[row];
    maps.flags[pixel] = seen.valid[row] ? seen.flags[row] : Number.NaN;
    const before = maps.labels[pixel];
    if (before >= 0) counts[before]--;
    const label = !seen.valid[row]
      ? UNMEASURED
      : seen.snr[row] >= PRESENCE_SNR
        ? this.#place(seen, row, pixel, maps, exposure)
        : ABSENT;
    if (label >= 0) counts[label]++;
    else {
      maps.embedding[2 * pixel] = Number.NaN;
      maps.embedding[2 * pixel + 1] = Number.NaN;
      maps.uncertainty[pixel] = Number.NaN;
      maps.novelty[pixel] = Number.NaN;
      writeDecision(maps.decisions, DECISION_NUMBERS * pixel, undefined);
    }
    maps.labels[pixel] = label;
  }

  /** Places a spectrum just extracted in the embedding and among the classes; returns its label. */
  #place(
    seen: EdgeSignals,
    row: number,
    pixel: number,
    maps: EdgeMaps<ArrayBufferLike>,
    exposure: number,
  ): number {
    const { fit, memory } = this.data;
    const { centres, meanVariance, scatter, signal } = fit;
    const placement = this.#placement;
    if (!signal.basis || !placement) return 0;
    const { net, window } = this.#extractor.block;
    project(signal.basis, net, row * window.features, this.#scores, 0);
    placement.place(this.#scores, 0, this.#position, 0);
    const precision = scorePrecision(seen, row);
    const inScores = fit.classesIn === 'scores';
    const point = inScores ? this.#scores : this.#position;
    const d = classDimension(fit);
    const { label } = nearestCentre(point, 0, centres, d);
    const { indices, distances } = placement.neighbours;
    if (memory) {
      const dwells = memory.exposures ? exposure : 1;
      const weight = pixelWeight(precision, meanVariance, dwells, scatter, inScores);
      miniBatchStep(point, d, [label], centres, this.data.seen, weight);
      if (memory.exposures) memory.exposures[pixel] = exposure;
      memory.scores.set(this.#scores, pixel * memory.dimension);
      memory.precisions[pixel] = precision;
      memory.neighbours.set(indices, pixel * memory.neighboursPerPixel);
    }
    maps.embedding.set(this.#position, 2 * pixel);
    const variance = scoreVariance(precision, meanVariance);
    const seenAt = [this.#scores, 0, variance, label, indices, 0, indices.length] as const;
    maps.uncertainty[pixel] = this.#judge.uncertainty(...seenAt);
    writeDecision(maps.decisions, DECISION_NUMBERS * pixel, this.#judge.decide(...seenAt));
    const score = noveltyScore(distances, variance);
    maps.novelty[pixel] = noveltyRatio(score, noveltyLimitOf(fit, exposure));
    return label;
  }

  /** Whether its classes are still learning. */
  get learns(): boolean {
    return this.data.memory !== undefined;
  }

  /** Frees the data kept per pixel, before another model is fitted. */
  forget(): void {
    delete this.data.memory;
  }

  /**
   * Adopts classes that were learned during placement, and their maps.
   * @param placed pixels placed since then, which are labelled by them too
   */
  adopt(learned: LearnedClasses, maps: EdgeMaps, placed: Iterable<number>): void {
    const { centres, judge, births, graded, labels, uncertainty, decisions, ...shown } = learned;
    const { fit, memory } = Object.assign(this.data, shown);
    if (!memory) return;
    Object.assign(fit, { centres, judge, graded, ...(births && { births }) });
    this.#judge = new ClassJudge(judge);
    const later = Array.from(placed, (pixel) => ({ pixel, label: maps.labels[pixel] }));
    maps.labels.set(labels);
    maps.uncertainty.set(uncertainty);
    maps.decisions.set(decisions);
    const { counts } = this.data;
    const d = classDimension(fit);
    const [points, width] =
      fit.classesIn === 'scores' ? [memory.scores, memory.dimension] : [maps.embedding, 2];
    for (const { pixel, label: before } of later) {
      if (labels[pixel] >= 0) counts[labels[pixel]]--;
      const label = before >= 0 ? nearestCentre(points, width * pixel, centres, d).label : before;
      maps.labels[pixel] = label;
      judgePixel(this.#judge, this.data, memory, pixel, label, maps);
      if (label >= 0) counts[label]++;
    }
  }
}
