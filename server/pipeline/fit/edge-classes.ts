import { type Birth, findBirths } from '../../analysis/clustering/births.ts';
import {
  type ClassPoints,
  chooseClassNumber,
  distinctSpectra,
  isGraded,
} from '../../analysis/clustering/class-number.ts';
import { classWeights } from '../../analysis/clustering/class-weights.ts';
import type { Cluster } from '../../analysis/clustering/cluster-by.ts';
import { cluster as builtIn, everyOther, lloyd, nearestCentre } from '../../analysis/clustering/kmeans.ts';
import { canonicalOrder, countsOf } from '../../analysis/clustering/labels.ts';
import { likeliestClasses } from '../../analysis/clustering/likeliest-classes.ts';
import type { SteadyCount } from '../../analysis/clustering/steady-count.ts';
import { meanVariance, scoreVariance } from '../../analysis/decomposition/score-noise.ts';
import { adjustedInformation } from '../../analysis/information/adjusted-information.ts';
import { contingency, mutualInformation } from '../../analysis/information/information.ts';
import type { AnalysisOptions } from '../options.ts';
import { MOST_CHOSEN_CLASSES } from '../options.ts';

/** The pixels that show an edge, in the order of pixels. */
export interface PresentPixels {
  /** n × dimension. */
  scores: Float32Array;
  dimension: number;
  /** How exactly each pixel's scores are known. */
  precisions: Float64Array;
  /** How long each pixel is exposed; left out at uniform exposure. */
  exposures?: Float32Array;
  /** Nearest landmarks of each pixel, n × as many as place it; empty when there is no embedding. */
  neighbours: Uint16Array | Uint32Array;
  /** n × 2; undefined when there is no embedding. */
  embedding?: Float32Array;
  /** Data to detect new classes; without it births are not searched. */
  surroundings?: {
    /** Scores of the landmarks, m × dimension. */
    landmarks: Float32Array;
    /** Row-major index of each pixel. */
    pixels: Uint32Array;
    /** Columns of the scan. */
    columns: number;
  };
}

export interface Classes {
  /** k × 2 in the embedding, or k × dimension in the scores. */
  centres: Float64Array;
  /** Largest class first; every class has pixels. */
  labels: Int16Array;
  /** The spectra differ by more than noise, but form no separate groups. */
  graded: boolean;
  /**
   * Adjusted mutual information of the classes found in the embedding and in the scores, as many of each: below 0.7 one
   * of them shows what the other does not. Undefined for a single class.
   */
  agreement?: number;
  /** Scatter of the classes behind the weights of pixels; 0 at uniform exposure. */
  scatter: number;
  /** Classes that k-means passed over because they are few, with the pixels they were found by. */
  births: { label: number; pixels: number }[];
}

export interface ClassOptions extends Pick<AnalysisOptions, 'classes' | 'classesIn' | 'seed'> {
  /** Spectra that are equal within noise are one class, even if the embedding shows islands. */
  alike: boolean;
  /** While the scan runs: what decisions about the number of classes come to on screen. */
  count?: SteadyCount;
  /** k-means by another program than the built-in one. */
  cluster?: Cluster;
}

const MOST_VARIANCE = 1e6;

/** Pixels in which classes of the embedding and of the scores are compared. */
const AGREEMENT_PIXELS = 16_384;

/** Decisions, on samples of their own, when a model is fitted while the scan runs. */
const DECISIONS = 3;
/** Pixels that every class must stand for while few are known. */
const PIXELS_PER_CLASS = 75;

/** Most classes for this many pixels, while the scan runs. */
export const mostClasses = (pixels: number): number =>
  Math.min(MOST_CHOSEN_CLASSES, Math.max(2, Math.floor(pixels / PIXELS_PER_CLASS)));

/**
 * k-means in the embedding, or in the scores with each pixel weighted by how exactly it is known. Pixels that are
 * exposed unequally are weighted by the information of their exposures on the class.
 */
export function findClasses(pixels: PresentPixels, options: ClassOptions): Classes {
  const { scores, dimension, embedding, precisions, exposures } = pixels;
  const { cluster = builtIn } = options;
  const usesEmbedding = options.classesIn === 'embedding' && embedding !== undefined;
  const most = options.count ? mostClasses(precisions.length) : MOST_CHOSEN_CLASSES;
  const tie = options.count && 0;
  const points = usesEmbedding ? embedding : scores;
  const where = { points, d: usesEmbedding ? 2 : dimension, scores, dimension };
  const graded = !options.alike && isGraded(where, options.seed);
  const weighed = (scatter: number): ClassPoints => ({
    ...where,
    ...classWeights(pixels, !usesEmbedding, scatter),
  });
  const numberOf = (seen: ClassPoints, seed: number) => chooseClassNumber(seen, most, seed, graded, tie);
  const startFrom = (uneven: Float32Array) => {
    const { seed } = options;
    const most = options.classes === 'auto' ? numberOf(weighed(0), seed) : options.classes;
    const classes = distinctSpectra(scores, dimension, most);
    if (classes < 2) return undefined;
    return likeliestClasses(
      { ...where, precisions, exposures: uneven, inScores: !usesEmbedding },
      classes,
      seed,
    );
  };
  const start = exposures && !options.alike ? startFrom(exposures) : undefined;
  const { scatter = 0 } = start ?? {};
  const seen = weighed(scatter);
  const { weights } = seen;
  const decide = (seed: number) => numberOf(seen, seed);
  const automatic = () => {
    if (options.alike) return 1;
    const decision = decide(options.seed);
    if (!options.count) return decision;
    let count = options.count.decide(decision);
    for (let n = 1; n < DECISIONS && count !== decision; n++)
      count = options.count.decide(decide(options.seed + n));
    return count;
  };
  const wanted = Math.min(options.classes === 'auto' ? automatic() : options.classes, precisions.length);
  const count = distinctSpectra(scores, dimension, wanted);
  const own =
    start?.centres.length === count * where.d
      ? lloyd(points, where.d, start.centres, undefined, weights)
      : cluster(points, where.d, count, options.seed, weights);
  const born = options.classes === 'auto' && !options.alike ? bornClasses(pixels, own.labels, count) : [];
  const d = own.centres.length / count;
  const all = new Float64Array((count + born.length) * d);
  all.set(own.centres);
  born.forEach((birth, i) => {
    all.set(usesEmbedding ? middle(embedding, birth.members) : birth.centre, (count + i) * d);
  });
  const found =
    born.length > 0
      ? Int16Array.from(own.labels, (_, p) => nearestCentre(points, p * d, all, d).label)
      : own.labels;
  const rename = canonicalOrder(found, count + born.length);
  // A class of which no pixel is left is the last in this order.
  const total = countsOf(found, rename.length).filter((pixels) => pixels > 0).length;
  const centres = new Float64Array(total * d);
  rename.forEach((label, old) => {
    if (label < total) centres.set(all.subarray(old * d, (old + 1) * d), label * d);
  });
  // Compared in a part of the pixels.
  const step = Math.ceil(own.labels.length / AGREEMENT_PIXELS) | 1;
  const kept = (_: number, p: number) => p % step === 0;
  const other = () => {
    const [values, width] = usesEmbedding || !embedding ? [scores, dimension] : [embedding, 2];
    const elsewhere = classWeights(pixels, usesEmbedding, scatter).weights?.filter(kept);
    return cluster(everyOther(values, width, step), width, count, options.seed, elsewhere);
  };
  return {
    centres,
    labels: found.map((old) => rename[old]),
    graded: graded && born.length === 0,
    scatter,
    births: born
      .map(({ members }, i) => ({
        label: rename[count + i],
        pixels: members.length,
      }))
      .filter(({ label }) => label < total),
    ...(embedding && count > 1 && { agreement: agreementOf(own.labels.filter(kept), other().labels) }),
  };
}

function bornClasses(seen: PresentPixels, labels: Int16Array, classes: number): Birth[] {
  const { scores, dimension, precisions, exposures, neighbours, surroundings } = seen;
  if (!surroundings) return [];
  const unit = meanVariance(precisions, exposures);
  // A pixel without precision is too uncertain to be novel.
  const variances = precisions.map((precision) => Math.min(scoreVariance(precision, unit), MOST_VARIANCE));
  return findBirths({ scores, dimension, variances, labels, classes, neighbours, ...surroundings });
}

/** Mean place of some points of the embedding. */
function middle(embedding: Float32Array, members: number[]): Float64Array {
  const centre = new Float64Array(2);
  for (const p of members) for (let i = 0; i < 2; i++) centre[i] += embedding[2 * p + i] / members.length;
  return centre;
}

/** Adjusted mutual information of two labellings. */
export function agreementOf(a: Int16Array, b: Int16Array): number {
  const table = contingency(a, b);
  return adjustedInformation(table.counts, mutualInformation(table).mi);
}
