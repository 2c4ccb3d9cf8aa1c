import { renumberDecisions } from '../../analysis/clustering/class-decision.ts';
import { renumberSpread } from '../../analysis/clustering/class-spread.ts';
import { keptNumbers } from '../../analysis/clustering/labels.ts';
import type { EdgeFit } from '../fit/edge-fit.ts';
import { classCount } from './model-data.ts';

/** Centres in a new order: `numbers` has the new number of each. */
export function reordered(centres: Float64Array, numbers: readonly number[]): Float64Array {
  const d = centres.length / Math.max(numbers.length, 1);
  const ordered = new Float64Array(centres.length);
  numbers.forEach((number, old) => {
    ordered.set(centres.subarray(old * d, (old + 1) * d), number * d);
  });
  return ordered;
}

/** A fit whose classes keep the numbers of those on screen whose pixels they hold, for the time the scan runs. */
export function withNumbersOf(fit: EdgeFit, shown: { labels: Int16Array; classes: number }): EdgeFit {
  const classes = classCount(fit);
  const numbers = keptNumbers(fit.labels, classes, shown.labels, shown.classes);
  if (fit.centres.length === 0 || numbers.every((number, old) => number === old)) return fit;
  const { judge, births } = fit;
  return {
    ...fit,
    centres: reordered(fit.centres, numbers),
    labels: fit.labels.map((label) => (label < 0 ? label : numbers[label])),
    judge: {
      ...judge,
      centres: reordered(judge.centres, numbers),
      ...(judge.landmarks && {
        landmarks: judge.landmarks.map((label) => numbers[label]),
      }),
      ...(judge.spread && { spread: renumberSpread(judge.spread, numbers) }),
    },
    decisions: renumberDecisions(fit.decisions, numbers),
    ...(births && {
      births: births.map(({ label, pixels }) => ({
        label: numbers[label],
        pixels,
      })),
    }),
  };
}
