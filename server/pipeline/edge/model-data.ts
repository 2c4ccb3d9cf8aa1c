import { DECISION_NUMBERS, writeDecision } from '../../analysis/clustering/class-decision.ts';
import type { ClassJudge } from '../../analysis/clustering/class-judge.ts';
import { scoreVariance } from '../../analysis/decomposition/score-noise.ts';
import type { Transform } from '../../analysis/embedding/procrustes.ts';
import type { EdgeFit } from '../fit/edge-fit.ts';
import type { SignalFit } from '../fit/edge-model.ts';
import type { PixelMemory } from '../fit/pixel-memory.ts';

/** A fitted model without the maps it was found with. */
export interface ModelFit
  extends Pick<
    EdgeFit,
    | 'landmarks'
    | 'landmarkEmbedding'
    | 'centres'
    | 'classesIn'
    | 'agreement'
    | 'graded'
    | 'births'
    | 'meanVariance'
    | 'scatter'
    | 'judge'
    | 'noveltyLimit'
    | 'dwellLimits'
  > {
  /** Exposure that intensities refer to. */
  exposureUnit: number;
  signal: Pick<SignalFit, 'calibration' | 'flagged' | 'basis' | 'shifted'>;
}

/** A model in use with its mutable state; plain data that threads exchange. */
export interface ModelData {
  fit: ModelFit;
  /** Undefined for a final model, whose classes learn no more. */
  memory?: PixelMemory;
  /** Colour of each class. */
  colours: number[];
  /** First colour that no class of the scan has ever had. */
  unusedColour: number;
  /** From the fitted embedding to the one on screen. */
  orientation: Transform;
  /** Pixels of each class in the maps. */
  counts: number[];
  /** Total weight behind each centre. */
  seen: Float64Array;
  /** Consecutive refits at which each class was nearly empty. */
  nearlyEmpty: number[];
}

/** Dimension of the space the classes live in. */
export const classDimension = ({ classesIn, signal }: Pick<ModelFit, 'classesIn' | 'signal'>): number =>
  classesIn === 'scores' ? (signal.basis?.components ?? 0) : 2;

export const classCount = (fit: Pick<ModelFit, 'classesIn' | 'signal' | 'centres'>): number =>
  fit.signal.basis ? fit.centres.length / classDimension(fit) : 1;

/** Writes how sure the class of a pixel is that is in the memory, and what it was decided by. */
export function judgePixel(
  judge: ClassJudge,
  { fit }: Pick<ModelData, 'fit'>,
  memory: PixelMemory,
  pixel: number,
  label: number,
  out: { uncertainty: Float32Array; decisions: Float32Array },
): void {
  const at = DECISION_NUMBERS * pixel;
  if (label < 0) {
    out.uncertainty[pixel] = Number.NaN;
    writeDecision(out.decisions, at, undefined);
    return;
  }
  const { dimension, neighboursPerPixel, scores, precisions, neighbours } = memory;
  const variance = scoreVariance(precisions[pixel], fit.meanVariance);
  const seenAt = [
    scores,
    pixel * dimension,
    variance,
    label,
    neighbours,
    pixel * neighboursPerPixel,
    neighboursPerPixel,
  ] as const;
  out.uncertainty[pixel] = judge.uncertainty(...seenAt);
  writeDecision(out.decisions, at, judge.decide(...seenAt));
}

/** Centres of the classes in the embedding, one [x, y] per class, before `orientation`. */
export function centroids(
  { fit, counts }: ModelData,
  maps: { labels: Int16Array; embedding: Float32Array },
): [number, number][] {
  if (fit.classesIn === 'embedding' && fit.signal.basis)
    return counts.map((_, label) => [fit.centres[2 * label], fit.centres[2 * label + 1]]);
  const sums = counts.map(() => [0, 0, 0]);
  maps.labels.forEach((label, pixel) => {
    const sum = sums[label];
    if (!sum || Number.isNaN(maps.embedding[2 * pixel])) return;
    sum[0] += maps.embedding[2 * pixel];
    sum[1] += maps.embedding[2 * pixel + 1];
    sum[2]++;
  });
  return sums.map(([x, y, n]) => (n > 0 ? [x / n, y / n] : [0, 0]));
}
