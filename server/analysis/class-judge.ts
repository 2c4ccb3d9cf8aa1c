import { nearestCentre } from './kmeans.ts';
import { labelUncertainty } from './soft-classes.ts';

/**
 * Says how sure the class of a pixel is, as the probability that the same spectrum without noise has another one.
 * Classes in the scores: what the noise of the pixel makes of the borders half-way between their centres. Classes in the
 * plane have no borders in closed form: half of it is the same with the classes' mean scores for centres, half is the
 * share of the pixel's nearest landmarks that lie in other classes. The first ranks pixels far from any border, the
 * second knows classes that are no heaps in the scores; nothing in it is fitted to a truth.
 */
export class ClassJudge {
  readonly #centres: Float64Array;
  readonly #dimension: number;
  readonly #landmarks: Int16Array | undefined;

  private constructor(centres: Float64Array, dimension: number, landmarks?: Int16Array) {
    this.#centres = centres;
    this.#dimension = dimension;
    this.#landmarks = landmarks;
  }

  /** @param centres k × dimension */
  static inScores(centres: Float64Array, dimension: number): ClassJudge {
    return new ClassJudge(centres, dimension);
  }

  /**
   * @param centres k × 2
   * @param landmarks n × 2
   * @param pixels scores (n × dimension), precisions and labels of the pixels the classes consist of
   */
  static inPlane(
    centres: Float64Array,
    landmarks: Float32Array,
    pixels: { scores: Float32Array; dimension: number; precisions: Float64Array; labels: ArrayLike<number> },
  ): ClassJudge {
    const labels = new Int16Array(landmarks.length / 2);
    for (let i = 0; i < labels.length; i++) labels[i] = nearestCentre(landmarks, 2 * i, centres, 2).label;
    return new ClassJudge(meanScores(pixels, centres.length / 2), pixels.dimension, labels);
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
    const noise = labelUncertainty(scores, from, this.#centres, this.#dimension, label, variance);
    const landmarks = this.#landmarks;
    if (!landmarks || count === 0) return noise;
    let others = 0;
    for (let i = at; i < at + count; i++) if (landmarks[neighbours[i]] !== label) others++;
    return (noise + others / count) / 2;
  }
}

/** Mean scores of each class, weighted by how exactly each pixel is known; NaN for a class without pixels. */
function meanScores(
  pixels: { scores: Float32Array; dimension: number; precisions: Float64Array; labels: ArrayLike<number> },
  classes: number,
): Float64Array {
  const { scores, dimension: d, precisions, labels } = pixels;
  const sums = new Float64Array(classes * d);
  const weights = new Float64Array(classes);
  for (let p = 0; p < labels.length; p++) {
    weights[labels[p]] += precisions[p];
    for (let i = 0; i < d; i++) sums[labels[p] * d + i] += precisions[p] * scores[p * d + i];
  }
  return sums.map((sum, at) => sum / weights[Math.floor(at / d)]);
}
