import { ABSENT, UNMEASURED } from '../../../protocol/index.ts';
import { DECISION_NUMBERS, writeDecision } from '../../analysis/clustering/class-decision.ts';
import { ClassJudge, type JudgeData, type JudgeOptions } from '../../analysis/clustering/class-judge.ts';
import { type Cluster, clusterBy } from '../../analysis/clustering/cluster-by.ts';
import {
  type DwellLimits,
  dwellLimits,
  limitFor,
  noiseScale,
  noveltyLimit,
  noveltyRatio,
} from '../../analysis/clustering/novelty.ts';
import type { SteadyCount } from '../../analysis/clustering/steady-count.ts';
import { matchComponents } from '../../analysis/decomposition/component-match.ts';
import type { PcaBasis } from '../../analysis/decomposition/pca.ts';
import { meanVariance, scoreVariance } from '../../analysis/decomposition/score-noise.ts';
import { chooseLandmarks } from '../../analysis/embedding/landmarks.ts';
import { PLACEMENT_NEIGHBOURS } from '../../analysis/embedding/placement.ts';
import {
  fitUmap,
  layOutBy,
  startFromScores,
  UMAP_DEFAULTS,
  WARM_UMAP,
} from '../../analysis/embedding/umap.ts';
import { zeros } from '../../analysis/math/memory.ts';
import type { AnalysisOptions } from '../options.ts';
import { calibrate } from './edge-calibration.ts';
import { findClasses, type PresentPixels } from './edge-classes.ts';
import { fitSignal, type PresentScores, presentScores, type SignalFit, scoresOf } from './edge-model.ts';
import type { FitInput } from './fit-input.ts';
import { FitPool } from './fit-pool.ts';
import { NetSpectra } from './net-spectra.ts';
import { neighbourTable } from './pixel-memory.ts';
import type { LandmarkEmbedding } from './placement-step.ts';

/** Fits landmarks in the embedding. */
export type FitEmbedding = typeof fitUmap;

/** Fewest present pixels for a neighbourhood graph: below, they are one class, placed by their scores. */
const FEWEST_FOR_UMAP = UMAP_DEFAULTS.neighbours + 4;

/** Fits whose mean is the embedding at the end of a scan. */
const CANONICAL_FITS = 4;

/** A whole fitted model with the maps it gives, all measured pixels placed. */
export interface EdgeFit {
  signal: SignalFit;
  landmarks: number;
  /** Undefined for too few landmarks. */
  landmarkEmbedding?: LandmarkEmbedding;
  /** k × 2 in the embedding, or k × components in the scores. */
  centres: Float64Array;
  classesIn: 'embedding' | 'scores';
  /** Adjusted mutual information of the classes in the embedding and in the scores; undefined for a single class. */
  agreement?: number;
  /** The spectra differ by more than noise, but form no separate groups. */
  graded: boolean;
  /** Classes found because some pixels are unlike every other. */
  births?: { label: number; pixels: number }[];
  /** Mean variance that scores are in units of: 1/(precision · this) is a pixel's own. */
  meanVariance: number;
  /** Scatter of the classes behind the weights of pixels; 0 at uniform exposure. */
  scatter: number;
  /** Scores of the present pixels, for classes that go on learning from them. */
  pixels?: PresentPixels;
  /** Row-major: −1 absent, −2 not measured. */
  labels: Int16Array;
  /** Two per pixel; NaN where there is no place. */
  embedding: Float32Array;
  uncertainty: Float32Array;
  /**
   * Decision between the class of each pixel and its closest alternative, `DECISION_NUMBERS` each; NaN unless
   * requested.
   */
  decisions: Float32Array;
  judge: JudgeData;
  /** Score from which a pixel is novel, and novelty of every pixel in units of it; NaN where it has no position. */
  noveltyLimit: number;
  novelty: Float32Array;
  /** The same for pixels of one class of exposures, where these differ. */
  dwellLimits?: DwellLimits;
}

/** Thread pool and programs of a fit. */
export interface FitHelp {
  /** Default: this thread alone. */
  pool?: FitPool;
  fitEmbedding?: FitEmbedding;
}

export interface EdgeFitOptions
  extends Pick<AnalysisOptions, 'classes' | 'classesIn' | 'landmarks' | 'seed' | 'umap' | 'kmeans'> {
  /** Coordinates of pixels under the previous model, two per pixel, to start from (NaN where there is none). */
  previousEmbedding?: Float32Array;
  /** The basis before, whose order and signs the new one takes. */
  previousBasis?: PcaBasis;
  /** The number of classes on screen, for a fit while the scan runs. */
  count?: SteadyCount;
  /** Row-major, 1 for pixels unlike the landmarks of before: some of them are landmarks now. */
  novel?: Uint8Array;
  /** Whether plans are to be made of the fit, which takes the decisions of its pixels. */
  decides?: boolean;
}

/**
 * Fits one edge from nothing but the spectra: calibration → presence → PCA → landmarks → UMAP → placement → k-means.
 * Without `previousEmbedding` the result is canonical: a function of the spectra by pixel index and of the seed alone.
 */
export async function fitEdge(
  input: FitInput,
  options: EdgeFitOptions,
  { pool = new FitPool(), fitEmbedding = fitUmap }: FitHelp = {},
): Promise<EdgeFit> {
  const kept = new NetSpectra(input.measured.length);
  const calibration = await calibrate(input, pool);
  // Within a scan components are never dropped once they exceeded the noise.
  const signal = await fitSignal(input, pool, calibration, kept, options.previousBasis?.components);
  const pixels = input.measured.length;
  const labels = new Int16Array(pixels).fill(UNMEASURED);
  signal.intensity.forEach((value, pixel) => {
    if (!Number.isNaN(value)) labels[pixel] = ABSENT;
  });
  const embedding = new Float32Array(2 * pixels).fill(Number.NaN);
  const uncertainty = new Float32Array(pixels).fill(Number.NaN);
  const { classesIn } = options;
  const fit: EdgeFit = {
    signal,
    landmarks: 0,
    centres: new Float64Array(0),
    classesIn,
    graded: false,
    meanVariance: 1,
    scatter: 0,
    labels,
    embedding,
    uncertainty,
    decisions: new Float32Array(DECISION_NUMBERS * pixels).fill(Number.NaN),
    judge: { centres: new Float64Array(0), dimension: 0 },
    noveltyLimit: 0,
    novelty: new Float32Array(pixels).fill(Number.NaN),
  };
  if (!signal.basis) {
    // One pixel at most: a class of its own.
    signal.present.forEach((flag, pixel) => {
      if (flag) labels[pixel] = 0;
    });
    return fit;
  }
  if (options.previousBasis) signal.basis = matchComponents(signal.basis, options.previousBasis);
  const found = await presentScores(input, pool, signal, signal.basis, kept);
  const seen = await place(input, pool, found, options, fitEmbedding, fit);
  const isFirst = options.count !== undefined && options.previousEmbedding === undefined;
  assignClasses(fit, seen, options, await clusterBy(options.kmeans, isFirst));
  return fit;
}

/**
 * Judge of the uncertainty of classes that consist of these pixels.
 * @param pixels in any order, with their labels
 */
export function judgeOf(
  {
    classesIn,
    landmarkEmbedding,
    meanVariance,
  }: Pick<EdgeFit, 'classesIn' | 'landmarkEmbedding' | 'meanVariance'>,
  centres: Float64Array,
  pixels: PresentPixels,
  labels: ArrayLike<number>,
  options: JudgeOptions,
): ClassJudge {
  return classesIn === 'embedding' && landmarkEmbedding
    ? ClassJudge.inEmbedding(
        centres,
        landmarkEmbedding.embedding,
        { ...pixels, labels },
        meanVariance,
        options,
      )
    : ClassJudge.inScores(centres, { ...pixels, labels }, meanVariance, options);
}

/** Fits the embedding on landmarks and places every present pixel in it. */
async function place(
  input: FitInput,
  pool: FitPool,
  found: PresentScores,
  options: EdgeFitOptions,
  fitEmbedding: FitEmbedding,
  fit: EdgeFit,
): Promise<PresentPixels> {
  const { shape, seed } = input;
  const { pixels, scores, precisions } = found;
  const dimension = scores.length / pixels.length;
  const { exposure } = input;
  const exposures = exposure && Float32Array.from(pixels, (pixel) => exposure[pixel]);
  const chosen = chooseLandmarks(fit.signal.present, shape, options.landmarks, seed, options.novel);
  const landmarks = scoresOf(found, chosen);
  const start = startOf(chosen, landmarks, dimension, options);
  fit.landmarks = chosen.length;
  if (chosen.length >= FEWEST_FOR_UMAP) {
    const warm = options.previousEmbedding ? WARM_UMAP : {};
    // While the scan runs the embedding starts from the one before; at the end the mean of several fits reduces chance.
    const fits = options.count ? 1 : CANONICAL_FITS;
    const umap = {
      ...UMAP_DEFAULTS,
      ...warm,
      seed: options.seed,
      fits,
      library: await layOutBy(options.umap),
    };
    fit.landmarkEmbedding = {
      landmarks,
      dimension,
      embedding: fitEmbedding(landmarks, dimension, start, umap),
    };
  }
  const neighboursPerPixel = fit.landmarkEmbedding ? Math.min(PLACEMENT_NEIGHBOURS, fit.landmarks) : 0;
  const neighbours = neighbourTable(pixels.length * neighboursPerPixel, fit.landmarks, pool.memory);
  let places = start;
  if (fit.landmarkEmbedding) {
    places = zeros(Float32Array, 2 * pixels.length, pool.memory);
    const neighbourDistance = zeros(Float32Array, pixels.length, pool.memory);
    const own = (block: number) => ({ from: found.blocks[block], to: found.blocks[block + 1] });
    await pool.all(
      input,
      'placement',
      { landmarkEmbedding: fit.landmarkEmbedding, scores, places, neighbours, neighbourDistance },
      own,
    );
    pixels.forEach((pixel, i) => {
      fit.novelty[pixel] = neighbourDistance[i];
    });
  }
  pixels.forEach((pixel, i) => {
    fit.embedding[2 * pixel] = places[2 * i];
    fit.embedding[2 * pixel + 1] = places[2 * i + 1];
  });
  fit.meanVariance = meanVariance(precisions, exposures);
  if (fit.landmarkEmbedding) judgeNovelty(fit, pixels, precisions, chosen, exposure);
  const surroundings = { landmarks, pixels, columns: shape[1] };
  return {
    scores,
    dimension,
    precisions,
    ...(exposures && { exposures }),
    neighbours,
    embedding: places,
    ...(fit.landmarkEmbedding && { surroundings }),
  };
}

/** Score from which a pixel of this exposure is novel. */
export const noveltyLimitOf = (
  { noveltyLimit, dwellLimits }: Pick<EdgeFit, 'noveltyLimit' | 'dwellLimits'>,
  exposure = 1,
): number => (dwellLimits ? limitFor(exposure, noveltyLimit, dwellLimits) : noveltyLimit);

/** Novelty of each pixel, and of the landmarks among themselves, beyond noise. */
function judgeNovelty(
  fit: EdgeFit,
  placed: Uint32Array,
  precisions: Float64Array,
  landmarks: Uint32Array,
  exposure: Float32Array | undefined,
): void {
  placed.forEach((pixel, i) => {
    fit.novelty[pixel] /= noiseScale(scoreVariance(precisions[i], fit.meanVariance));
  });
  const ofLandmarks = Array.from(landmarks, (pixel) => fit.novelty[pixel]);
  fit.noveltyLimit = noveltyLimit(ofLandmarks);
  if (exposure)
    fit.dwellLimits = dwellLimits(
      ofLandmarks,
      Array.from(landmarks, (pixel) => exposure[pixel]),
    );
  for (const pixel of placed)
    fit.novelty[pixel] = noveltyRatio(fit.novelty[pixel], noveltyLimitOf(fit, exposure?.[pixel]));
}

/** Start of the landmarks: their previous positions, or their first two scores. */
function startOf(
  landmarks: Uint32Array,
  scores: Float32Array,
  dimension: number,
  { previousEmbedding, seed }: EdgeFitOptions,
): Float32Array {
  const cold = startFromScores(scores, dimension, seed);
  if (!previousEmbedding) return cold;
  landmarks.forEach((pixel, i) => {
    const x = previousEmbedding[2 * pixel];
    if (Number.isNaN(x)) return;
    cold[2 * i] = x;
    cold[2 * i + 1] = previousEmbedding[2 * pixel + 1];
  });
  return cold;
}

function assignClasses(fit: EdgeFit, seen: PresentPixels, options: EdgeFitOptions, cluster: Cluster): void {
  const { present, basis } = fit.signal;
  const alike = !fit.landmarkEmbedding || basis?.significant === 0;
  const { centres, labels, graded, scatter, agreement, births } = findClasses(seen, {
    ...options,
    alike,
    cluster,
  });
  fit.centres = centres;
  fit.graded = graded;
  fit.scatter = scatter;
  fit.pixels = seen;
  if (agreement !== undefined) fit.agreement = agreement;
  if (births.length > 0) fit.births = births;
  const { scores, dimension, precisions, neighbours } = seen;
  const { decides = false } = options;
  const judge = judgeOf(fit, centres, seen, labels, { decides });
  fit.judge = judge.data;
  const neighboursPerPixel = neighbours.length / labels.length;
  let next = 0;
  present.forEach((flag, pixel) => {
    if (!flag) return;
    fit.labels[pixel] = labels[next];
    const variance = scoreVariance(precisions[next], fit.meanVariance);
    const seenAt = [
      scores,
      next * dimension,
      variance,
      labels[next],
      neighbours,
      next * neighboursPerPixel,
      neighboursPerPixel,
    ] as const;
    fit.uncertainty[pixel] = judge.uncertainty(...seenAt);
    if (decides) writeDecision(fit.decisions, DECISION_NUMBERS * pixel, judge.decide(...seenAt));
    next++;
  });
}
