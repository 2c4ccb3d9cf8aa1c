import { ABSENT, UNMEASURED } from '../../protocol/index.ts';
import { chooseClassCount, cluster } from '../analysis/kmeans.ts';
import { canonicalOrder } from '../analysis/labels.ts';
import type { PcaBasis } from '../analysis/pca.ts';
import { SoftClasses } from '../analysis/soft-classes.ts';
import { Placement, startFromScores, UMAP_DEFAULTS, type UmapOptions, WARM_UMAP } from '../analysis/umap.ts';
import {
  calibrate,
  type FitInput,
  fitSignal,
  landmarkScores,
  type SignalFit,
  scorePixels,
} from './edge-model.ts';
import { type AnalysisOptions, MAX_CLASSES } from './options.ts';

/** Fits landmarks in the plane; in the product a thread of its own (embedding-host.ts). */
export type FitEmbedding = (
  scores: Float32Array,
  dimension: number,
  start: Float32Array,
  options: UmapOptions,
  signal?: AbortSignal,
) => Promise<Float32Array>;

/** Fewer present pixels than this make no neighbourhood graph: they are one class, placed by their scores. */
const FEWEST_FOR_UMAP = UMAP_DEFAULTS.neighbours + 4;

/** A whole fitted model with the maps it gives, all measured pixels placed. */
export interface EdgeFit {
  signal: SignalFit;
  landmarks: number;
  placement?: Placement;
  /** k × 2 in the embedding, or k × components in the scores. */
  centres: Float64Array;
  classesIn: 'embedding' | 'scores';
  soft?: SoftClasses;
  /** Row-major: −1 absent, −2 not measured. */
  labels: Int16Array;
  /** Two per pixel; NaN where there is no place. */
  embedding: Float32Array;
  uncertainty: Float32Array;
}

export interface EdgeFitOptions
  extends Pick<AnalysisOptions, 'classes' | 'classesIn' | 'landmarks' | 'seed'> {
  /** Coordinates of pixels under the previous model, two per pixel, to start from (NaN where there is none). */
  previousEmbedding?: Float32Array;
}

/**
 * Fits one edge from nothing but the spectra: calibration → presence → PCA → landmarks → UMAP → placement → k-means.
 * Without `previousEmbedding` the result is canonical: a function of the spectra by pixel index and of the seed alone.
 */
export async function fitEdge(
  input: FitInput,
  options: EdgeFitOptions,
  fitEmbedding: FitEmbedding,
): Promise<EdgeFit> {
  const signal = await fitSignal(input, await calibrate(input));
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
    labels,
    embedding,
    uncertainty,
  };
  if (!signal.basis) {
    // One pixel at most: a class of its own.
    signal.present.forEach((flag, pixel) => {
      if (flag) labels[pixel] = 0;
    });
    return fit;
  }
  const { scores, landmarks } = await place(input, signal, signal.basis, options, fitEmbedding, fit);
  fit.landmarks = landmarks;
  assignClasses(fit, scores, signal.basis.components, options);
  return fit;
}

/** Fits the plane on landmarks and places every present pixel in it; returns their scores, in the order of pixels. */
async function place(
  input: FitInput,
  signal: SignalFit,
  basis: PcaBasis,
  options: EdgeFitOptions,
  fitEmbedding: FitEmbedding,
  fit: EdgeFit,
): Promise<{ scores: Float32Array; landmarks: number }> {
  const d = basis.components;
  const chosen = await landmarkScores(input, signal, options.landmarks);
  const start = startOf(chosen, d, options);
  if (chosen.pixels.length >= FEWEST_FOR_UMAP) {
    const warm = options.previousEmbedding ? WARM_UMAP : {};
    const umap = { ...UMAP_DEFAULTS, ...warm, seed: options.seed };
    const plane = await fitEmbedding(chosen.scores, d, start, umap, input.signal);
    fit.placement = new Placement(chosen.scores, d, plane);
  }
  const scores = new Float32Array(signal.presentPixels * d);
  let next = 0;
  await scorePixels(input, signal, signal.present, (pixel, pixelScores, from) => {
    scores.set(pixelScores.subarray(from, from + d), next * d);
    if (fit.placement) fit.placement.place(pixelScores, from, fit.embedding, 2 * pixel);
    else fit.embedding.set(start.subarray(2 * next, 2 * next + 2), 2 * pixel);
    next++;
  });
  return { scores, landmarks: chosen.pixels.length };
}

function startOf(
  chosen: { pixels: Uint32Array; scores: Float32Array },
  dimension: number,
  { previousEmbedding, seed }: EdgeFitOptions,
): Float32Array {
  const cold = startFromScores(chosen.scores, dimension, seed);
  if (!previousEmbedding) return cold;
  chosen.pixels.forEach((pixel, i) => {
    const x = previousEmbedding[2 * pixel];
    if (Number.isNaN(x)) return;
    cold[2 * i] = x;
    cold[2 * i + 1] = previousEmbedding[2 * pixel + 1];
  });
  return cold;
}

function assignClasses(fit: EdgeFit, scores: Float32Array, dimension: number, options: EdgeFitOptions): void {
  const { present, presentPixels } = fit.signal;
  const inScores = options.classesIn === 'scores';
  const points = inScores ? scores : new Float32Array(2 * presentPixels);
  const d = inScores ? dimension : 2;
  const pixels: number[] = [];
  present.forEach((flag, pixel) => {
    if (!flag) return;
    if (!inScores) points.set(fit.embedding.subarray(2 * pixel, 2 * pixel + 2), 2 * pixels.length);
    pixels.push(pixel);
  });
  const { classes, seed } = options;
  // Spectra that are alike but for noise are one class, whatever islands the plane shows.
  const alike = !fit.placement || fit.signal.basis?.significant === 0;
  const automatic = () => (alike ? 1 : chooseClassCount(points, d, MAX_CLASSES, seed));
  const k = Math.min(classes === 'auto' ? automatic() : classes, presentPixels);
  const clustering = cluster(points, d, k, seed);
  const rename = canonicalOrder(clustering.labels, k);
  fit.centres = new Float64Array(k * d);
  rename.forEach((label, old) => {
    fit.centres.set(clustering.centres.subarray(old * d, (old + 1) * d), label * d);
  });
  const renamed = clustering.labels.map((old) => rename[old]);
  const soft = new SoftClasses(points, d, renamed, fit.centres);
  fit.soft = soft;
  pixels.forEach((pixel, i) => {
    fit.labels[pixel] = renamed[i];
    fit.uncertainty[pixel] = soft.uncertainty(points, i * d, renamed[i]);
  });
}
