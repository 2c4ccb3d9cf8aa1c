import type { JudgedRegion, PlanRectangle, PlanRequest } from '../../../protocol/index.ts';
import { SummedLayer } from './gain-layers.ts';
import type { PixelValues } from './pixel-values.ts';
import { secondsOf } from './plan-costs.ts';
import { DWELLS, type PlanInput } from './plan-input.ts';
import { termGain } from './plan-layers.ts';
import { reasonFor } from './region-reason.ts';

/** Gain, time and reason of rectangles that were drawn by hand. */
export function judgeRectangles(
  values: PixelValues,
  input: PlanInput,
  rectangles: readonly PlanRectangle[],
  terms: PlanRequest['terms'],
): JudgedRegion[] {
  return rectangles.map((rectangle) => ({
    ...rectangle,
    ...secondsOf(rectangle, input),
    gain: gainAt(values, rectangle, input, terms),
    reason: reasonFor(rectangle, values, input, terms),
  }));
}

/** Gain of a rectangle at any number of dwells: between those that are known it grows evenly with the logarithm. */
function gainAt(
  values: PixelValues,
  { dwells, ...area }: PlanRectangle,
  input: PlanInput,
  terms: PlanRequest['terms'],
) {
  const at = DWELLS.findIndex((known) => known >= dwells);
  const upper = at < 0 ? DWELLS.length - 1 : at;
  const gains = [upper - 1, upper].map((index) =>
    index < 0
      ? 0
      : new SummedLayer({ dwells: 1, gain: termGain(values, index, terms) }, input.shape).gainOf(area),
  );
  if (upper === 0) return gains[1] * Math.min(dwells / DWELLS[0], 1);
  const part = Math.min(Math.max(Math.log2(dwells / DWELLS[upper - 1]), 0), 1);
  return gains[0] + (gains[1] - gains[0]) * part;
}
