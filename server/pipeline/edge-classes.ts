import { adjustedInformation } from '../analysis/adjusted-information.ts';
import { contingency, mutualInformation } from '../analysis/information.ts';
import { chooseClassCount, cluster } from '../analysis/kmeans.ts';
import { canonicalOrder } from '../analysis/labels.ts';
import { precisionWeights } from '../analysis/score-noise.ts';
import type { AnalysisOptions } from './options.ts';
import { MAX_CLASSES } from './options.ts';

/** The pixels that show an edge, in the order of pixels. */
export interface PresentPixels {
  /** n × dimension. */
  scores: Float32Array;
  dimension: number;
  /** How exactly each pixel's scores are known. */
  precisions: Float64Array;
  /** n × 2; undefined when there is no plane. */
  plane?: Float32Array;
}

export interface Classes {
  /** k × 2 in the plane, or k × dimension in the scores. */
  centres: Float64Array;
  /** Largest class first. */
  labels: Int16Array;
  /**
   * Adjusted mutual information of the classes found in the plane and in the scores, as many of each: below 0.7 one of
   * them shows what the other does not. Undefined for a single class.
   */
  agreement?: number;
}

export interface ClassOptions extends Pick<AnalysisOptions, 'classes' | 'classesIn' | 'seed'> {
  /** Spectra that are alike but for noise are one class, whatever islands the plane shows. */
  alike: boolean;
  /** Number of classes of the model before, while the scan runs: it changes only when three decisions agree. */
  previousCount?: number;
}

/** Samples that must agree before the number of classes on screen changes. */
const DECISIONS = 3;

/** k-means in the plane, or in the scores with each pixel weighted by how exactly it is known. */
export function findClasses(pixels: PresentPixels, options: ClassOptions): Classes {
  const { scores, dimension, plane, precisions } = pixels;
  const weights = precisionWeights(precisions);
  const inPlane = (count: number) => (plane ? cluster(plane, 2, count, options.seed) : undefined);
  const inScores = (count: number) => cluster(scores, dimension, count, options.seed, weights);
  const usesPlane = options.classesIn === 'embedding' && plane !== undefined;
  const decide = (seed: number) =>
    usesPlane
      ? chooseClassCount(plane, 2, MAX_CLASSES, seed)
      : chooseClassCount(scores, dimension, MAX_CLASSES, seed, weights);
  const automatic = () => {
    if (options.alike) return 1;
    const first = decide(options.seed);
    const { previousCount } = options;
    if (previousCount === undefined || first === previousCount) return first;
    for (let n = 1; n < DECISIONS; n++) if (decide(options.seed + n) !== first) return previousCount;
    return first;
  };
  const count = Math.min(options.classes === 'auto' ? automatic() : options.classes, precisions.length);
  const own = (usesPlane && inPlane(count)) || inScores(count);
  const d = own.centres.length / count;
  const rename = canonicalOrder(own.labels, count);
  const centres = new Float64Array(own.centres.length);
  rename.forEach((label, old) => {
    centres.set(own.centres.subarray(old * d, (old + 1) * d), label * d);
  });
  const labels = own.labels.map((old) => rename[old]);
  const other = count > 1 ? (usesPlane ? inScores(count) : inPlane(count)) : undefined;
  return { centres, labels, ...(other && { agreement: agreementOf(labels, other.labels) }) };
}

/** Adjusted mutual information of two labellings. */
export function agreementOf(a: Int16Array, b: Int16Array): number {
  const table = contingency(a, b);
  return adjustedInformation(table.counts, mutualInformation(table).mi);
}
