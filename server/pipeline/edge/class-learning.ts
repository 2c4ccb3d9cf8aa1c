import type { ClassEvent } from '../../../protocol/index.ts';
import { DECISION_NUMBERS } from '../../analysis/clustering/class-decision.ts';
import type { JudgeData } from '../../analysis/clustering/class-judge.ts';
import { type ClassPoints, chooseClassNumber, isGraded } from '../../analysis/clustering/class-number.ts';
import { classWeights, pixelWeight } from '../../analysis/clustering/class-weights.ts';
import type { Cluster } from '../../analysis/clustering/cluster-by.ts';
import { cluster as builtIn, nearestCentre, refit } from '../../analysis/clustering/kmeans.ts';
import { canonicalOrder, countsOf, keptNumbers, matchColours } from '../../analysis/clustering/labels.ts';
import type { SteadyCount } from '../../analysis/clustering/steady-count.ts';
import { mostClasses } from '../fit/edge-classes.ts';
import { judgeOf } from '../fit/edge-fit.ts';
import { type PixelMemory, storedPixels } from '../fit/pixel-memory.ts';
import type { AnalysisOptions } from '../options.ts';
import { classEvents } from './class-events.ts';
import { reordered } from './class-numbers.ts';
import { classCount, judgePixel, type ModelData, type ModelFit } from './model-data.ts';

/** A class with less than this share of the pixels in so many consecutive refits is merged into its neighbours. */
const NEARLY_EMPTY_SHARE = 0.001;
const DEATH_AFTER = 5;

/** Classes of a model learned again from the pixels on screen, with their maps: plain data. */
export interface LearnedClasses
  extends Pick<ModelData, 'colours' | 'unusedColour' | 'counts' | 'seen' | 'nearlyEmpty'>,
    Pick<ModelFit, 'centres' | 'births' | 'graded'> {
  judge: JudgeData;
  /** Row-major, as the maps. */
  labels: Int16Array;
  uncertainty: Float32Array;
  decisions: Float32Array;
}

export interface ClassChange {
  classes: LearnedClasses;
  /** They are others than before, not the same ones a little moved. */
  renewed: boolean;
  events: ClassEvent[];
}

/** Pixels on screen with their features. */
interface Seen extends ReturnType<typeof storedPixels>, ClassPoints {
  /** Number of its class on screen, for each. */
  shown: Int16Array;
}

/** A partition of these pixels. */
type Partition = Pick<LearnedClasses, 'centres' | 'labels' | 'births' | 'nearlyEmpty' | 'graded'>;

/**
 * Refits the classes to the pixels on screen, keeping their numbers, and decides again how many there are; if that
 * number changed or a class died, they are learned from scratch.
 * @param cluster k-means by the program that was requested
 * @returns undefined when there is nothing to change
 */
export function learnClasses(
  model: ModelData,
  maps: { labels: Int16Array; embedding: Float32Array },
  count: SteadyCount,
  { classes, seed }: Pick<AnalysisOptions, 'classes' | 'seed'>,
  cluster: Cluster = builtIn,
): ClassChange | undefined {
  const { fit, memory } = model;
  if (!memory) return undefined;
  // Pixels go on being placed meanwhile.
  const before = maps.labels.slice();
  const seen = asSeen(fit, storedPixels(memory, before, maps.embedding), before);
  if (!fit.landmarkEmbedding || seen.pixels.length < 2) return undefined;
  const several = classCount(fit) > 1;
  const followed = follow(model, seen, several ? seed : undefined);
  const own =
    classes === 'auto' ? others(fit, seen, followed, count, seed, cluster) : notEmpty(seen, followed);
  if (!own && !several) return undefined;
  const after = own ? renamed(fit, seen, own, followed) : followed;
  const learned = paint(model, memory, seen, before, after);
  const shown = { labels: before, colours: model.colours };
  return {
    classes: learned,
    renewed: own !== undefined,
    events: classEvents(shown, learned, seen.pixels.length),
  };
}

function asSeen(fit: ModelFit, stored: ReturnType<typeof storedPixels>, before: Int16Array): Seen {
  const shown = Int16Array.from(stored.pixels, (pixel) => before[pixel]);
  const inScores = fit.classesIn === 'scores';
  return {
    ...stored,
    shown,
    points: inScores ? stored.scores : stored.embedding,
    d: inScores ? stored.dimension : 2,
    ...classWeights(stored, inScores, fit.scatter),
  };
}

/** @param seed of a refit; undefined to leave the centres where they are */
function follow({ fit, nearlyEmpty }: ModelData, seen: Seen, seed?: number): Partition {
  const { points, d, weights } = seen;
  const centres = seed === undefined ? fit.centres : refit(points, d, fit.centres, seed, weights);
  const labels = labelsOf(seen, centres);
  const isNearlyEmpty = (pixels: number) => pixels < NEARLY_EMPTY_SHARE * labels.length;
  return {
    centres,
    labels,
    graded: fit.graded,
    ...(fit.births && { births: fit.births }),
    nearlyEmpty: countsOf(labels, centres.length / d).map((pixels, label) =>
      isNearlyEmpty(pixels) ? nearlyEmpty[label] + 1 : 0,
    ),
  };
}

/** Centres that take the place of the present ones, the born ones not counted; undefined when these stay. */
function others(
  fit: ModelFit,
  seen: Seen,
  followed: Partition,
  count: SteadyCount,
  seed: number,
  cluster: Cluster,
): ArrayLike<number> | undefined {
  const { points, d, weights } = seen;
  const { centres, labels, nearlyEmpty } = followed;
  const { shown } = count;
  const alike = fit.signal.basis?.significant === 0;
  followed.graded = !alike && bornOf(fit).length === 0 && isGraded(seen, seed);
  const wanted = alike
    ? shown
    : count.decide(chooseClassNumber(seen, mostClasses(labels.length), seed, followed.graded, 0));
  if (wanted !== undefined && wanted !== shown) return cluster(points, d, wanted, seed, weights).centres;
  const born = bornOf(fit);
  const pixels = countsOf(labels, nearlyEmpty.length);
  const dies = (times: number, label: number) =>
    !born.includes(label) && (times >= DEATH_AFTER || pixels[label] === 0);
  if (!nearlyEmpty.some(dies)) return undefined;
  const kept = [...nearlyEmpty.keys()].filter(
    (label) => !born.includes(label) && !dies(nearlyEmpty[label], label),
  );
  count.show(kept.length);
  return kept.flatMap((label) => [...centres.subarray(label * d, (label + 1) * d)]);
}

/** The centres of those classes that have pixels; undefined when all have. */
function notEmpty({ d }: Seen, { centres, labels }: Partition): ArrayLike<number> | undefined {
  const pixels = countsOf(labels, centres.length / d);
  if (!pixels.includes(0)) return undefined;
  return pixels.flatMap((n, label) => (n > 0 ? [...centres.subarray(label * d, (label + 1) * d)] : []));
}

/** Classes that are there because few pixels are unlike all others: their number is not decided about. */
const bornOf = (fit: ModelFit): number[] => (fit.births ?? []).map(({ label }) => label);

/** New classes together with the born ones; they keep the numbers of those on screen whose pixels they hold. */
function renamed(fit: ModelFit, seen: Seen, own: ArrayLike<number>, before: Partition): Partition {
  const { d } = seen;
  const born = bornOf(fit).flatMap((label) => [...before.centres.subarray(label * d, (label + 1) * d)]);
  const all = Float64Array.from([...Array.from(own), ...born]);
  const nearest = labelsOf(seen, all);
  const bySize = canonicalOrder(nearest, all.length / d);
  const kept = keptNumbers(
    nearest.map((label) => bySize[label]),
    bySize.length,
    seen.shown,
    before.centres.length / d,
  );
  const rename = bySize.map((label) => kept[label]);
  const centres = reordered(all, rename);
  const births = fit.births?.map(({ pixels }, i) => ({ label: rename[own.length / d + i], pixels }));
  return {
    centres,
    labels: nearest.map((label) => rename[label]),
    graded: before.graded,
    ...(births && { births }),
    nearlyEmpty: rename.map(() => 0),
  };
}

function labelsOf({ points, d }: Seen, centres: Float64Array): Int16Array {
  const labels = new Int16Array(points.length / d);
  for (let i = 0; i < labels.length; i++) labels[i] = nearestCentre(points, d * i, centres, d).label;
  return labels;
}

/** Writes the maps of a partition. */
function paint(
  model: ModelData,
  memory: PixelMemory,
  seen: Seen,
  before: Int16Array,
  partition: Partition,
): LearnedClasses {
  const { fit } = model;
  const { centres, labels: own } = partition;
  const judge = judgeOf(fit, centres, seen, own, { decides: fit.judge.spread !== undefined });
  const labels = before.slice();
  const judged = {
    uncertainty: new Float32Array(labels.length).fill(Number.NaN),
    decisions: new Float32Array(DECISION_NUMBERS * labels.length).fill(Number.NaN),
  };
  seen.pixels.forEach((pixel, i) => {
    labels[pixel] = own[i];
    judgePixel(judge, model, memory, pixel, own[i], judged);
  });
  return {
    ...partition,
    ...identities(labels, centres.length / seen.d, { ...model, labels: before }),
    judge: judge.data,
    labels,
    ...judged,
    counts: countsOf(labels, centres.length / seen.d),
    seen: weightsOf(fit, memory, labels, centres.length / seen.d),
  };
}

/** Colours of classes that take the place of others on screen. */
export function identities(
  labels: Int16Array,
  classes: number,
  shown?: Pick<ModelData, 'colours' | 'unusedColour'> & { labels: Int16Array },
): Pick<ModelData, 'colours' | 'unusedColour'> {
  const colours = matchColours(
    labels,
    classes,
    shown?.labels ?? labels,
    shown?.colours ?? [],
    shown?.unusedColour,
  );
  return {
    colours,
    unusedColour: Math.max(shown?.unusedColour ?? 0, ...colours.map((colour) => colour + 1)),
  };
}

/** Total weight behind each centre. */
export function weightsOf(
  { classesIn, meanVariance, scatter }: ModelFit,
  { precisions, exposures }: PixelMemory,
  labels: Int16Array,
  classes: number,
): Float64Array {
  const weights = new Float64Array(classes);
  const inScores = classesIn === 'scores';
  for (let pixel = 0; pixel < labels.length; pixel++)
    if (labels[pixel] >= 0)
      weights[labels[pixel]] += pixelWeight(
        precisions[pixel],
        meanVariance,
        exposures?.[pixel] ?? 1,
        scatter,
        inScores,
      );
  return weights;
}
