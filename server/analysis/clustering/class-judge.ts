import { normalBelow } from '../math/normal.ts';
import { type ClassDecision, decideClass, rightNow } from './class-decision.ts';
import { classMeans } from './class-likelihood.ts';
import { type ClassSpread, classSpread } from './class-spread.ts';
import { nearestCentre } from './kmeans.ts';
import { labelUncertainty } from './soft-classes.ts';

/** State of a `ClassJudge`; plain data. */
export interface JudgeData {
  /** k × dimension. */
  centres: Float64Array;
  dimension: number;
  /** Class of each landmark, for classes in the embedding. */
  landmarks?: Int16Array;
  /** Spread of the classes in the scores; left out without decisions. */
  spread?: ClassSpread;
}

/** Pixels of the classes. */
export interface JudgedPixels {
  /** n × dimension. */
  scores: Float32Array;
  dimension: number;
  precisions: Float64Array;
  labels: ArrayLike<number>;
}

/** Options of a `ClassJudge`. */
export interface JudgeOptions {
  /** Whether `decide` is used too, as plans need it; otherwise it returns undefined. */
  decides: boolean;
}

/**
 * Estimates the uncertainty of a pixel's class: the probability that the same spectrum without noise has another class.
 * Classes in the scores: what the noise of the pixel makes of the borders half-way between their centres. Classes in
 * the embedding have no borders in closed form: half of it is the same with the classes' mean scores for centres, half
 * is the share of the pixel's nearest landmarks that lie in other classes. The first ranks pixels far from any border,
 * the second accounts for classes that are not compact in the scores; nothing is fitted to ground truth.
 */
export class ClassJudge {
  readonly data: JudgeData;

  constructor(data: JudgeData) {
    this.data = data;
  }

  /**
   * @param centres k × dimension
   * @param meanVariance variance that scores are in units of
   */
  static inScores(
    centres: Float64Array,
    pixels: JudgedPixels,
    meanVariance: number,
    { decides }: JudgeOptions,
  ): ClassJudge {
    const { dimension } = pixels;
    return new ClassJudge({
      centres,
      dimension,
      ...(decides && { spread: classSpread(centres, dimension, pixels, meanVariance) }),
    });
  }

  /**
   * @param centres k × 2
   * @param landmarks n × 2
   * @param meanVariance variance that scores are in units of
   */
  static inEmbedding(
    centres: Float64Array,
    landmarks: Float32Array,
    pixels: JudgedPixels,
    meanVariance: number,
    { decides }: JudgeOptions,
  ): ClassJudge {
    const own = new Int16Array(landmarks.length / 2);
    for (let i = 0; i < own.length; i++) own[i] = nearestCentre(landmarks, 2 * i, centres, 2).label;
    const means = classMeans(pixels, pixels.precisions, centres.length / 2);
    const { dimension } = pixels;
    return new ClassJudge({
      centres: means,
      dimension,
      landmarks: own,
      ...(decides && { spread: classSpread(means, dimension, pixels, meanVariance) }),
    });
  }

  /**
   * @param scores of the pixel, at `from`
   * @param variance of its noise in one direction
   * @param neighbours its nearest landmarks, `count` from `at` on
   */
  uncertainty(
    scores: Float32Array,
    from: number,
    variance: number,
    label: number,
    neighbours: ArrayLike<number>,
    at: number,
    count: number,
  ): number {
    const { centres, dimension, landmarks } = this.data;
    const noise = labelUncertainty(scores, from, centres, dimension, label, variance);
    if (!landmarks || count === 0) return noise;
    return (noise + othersShare(landmarks, label, neighbours, at, count)) / 2;
  }

  /**
   * Decision between the class of a pixel and its closest alternative; parameters as above. Classes in the embedding
   * are decided half by the scores, half by the pixel's nearest landmarks.
   * @returns undefined where there is no other class
   */
  decide(
    scores: Float32Array,
    from: number,
    variance: number,
    label: number,
    neighbours: ArrayLike<number>,
    at: number,
    count: number,
  ): ClassDecision | undefined {
    const { centres, dimension, landmarks, spread } = this.data;
    if (!spread) return undefined;
    const decision = decideClass(scores, from, centres, dimension, spread, label, variance);
    if (!decision || !landmarks || count === 0) return decision;
    const others = othersShare(landmarks, label, neighbours, at, count);
    // Where the scores contradict the embedding beyond noise, only the landmarks are used.
    const trust = decision.margin < 0 ? 2 * normalBelow(decision.margin) : 1;
    const doubt = (trust * (1 - rightNow(decision)) + (2 - trust) * others) / 2;
    // The embedding decides the class: the pixel lies on the side of its class, at least at the border.
    const byLandmarks = (decision.apart / 2) * Math.max(1 - 2 * others, 0);
    const margin = decision.margin < 0 ? (1 - trust) * byLandmarks : decision.margin;
    return { ...decision, margin, odds: Math.log(doubt / (1 - doubt)) };
  }
}

/** Share of a pixel's nearest landmarks that lie in other classes. */
function othersShare(
  landmarks: Int16Array,
  label: number,
  neighbours: ArrayLike<number>,
  at: number,
  count: number,
): number {
  let others = 0;
  for (let i = at; i < at + count; i++) if (landmarks[neighbours[i]] !== label) others++;
  return others / count;
}
