import { type JudgedRegion, overlapOf, type PlanRectangle } from '../../../protocol/index.ts';

/** Rectangles that share at least this part of both together are one region that has moved. */
const SAME = 0.25;

/** A planned region with its number. */
export type NumberedRegion = JudgedRegion & { number: number };

/** The rectangle without other fields. */
export const rectangleOf = ({ y, x, height, width, dwells }: PlanRectangle): PlanRectangle => ({
  y,
  x,
  height,
  width,
  dwells,
});

export const isSame = (a: PlanRectangle, b: PlanRectangle): boolean =>
  a.y === b.y && a.x === b.x && a.height === b.height && a.width === b.width && a.dwells === b.dwells;

/** Whether two lists of rectangles are the same, in their order. */
export const areSame = (a: readonly PlanRectangle[], b: readonly PlanRectangle[]): boolean =>
  a.length === b.length && a.every((one, i) => isSame(one, b[i]));

/**
 * Numbers regions so that one that has only moved or grown keeps its own; others get the smallest that are free.
 * @param before regions of the plan before, with their numbers
 */
export function numbered<Region extends PlanRectangle>(
  regions: readonly Region[],
  before: readonly (PlanRectangle & { number: number })[],
): (Region & { number: number })[] {
  const pairs = regions.flatMap((region, index) =>
    before.map(({ number, ...known }) => ({ index, number, overlap: overlapOf(region, known) })),
  );
  pairs.sort((a, b) => b.overlap - a.overlap || a.number - b.number || a.index - b.index);
  const numbers = new Map<number, number>();
  const taken = new Set<number>();
  for (const { index, number, overlap } of pairs)
    if (overlap >= SAME && !numbers.has(index) && !taken.has(number)) {
      numbers.set(index, number);
      taken.add(number);
    }
  let next = 1;
  return regions.map((region, index) => {
    let number = numbers.get(index);
    if (number === undefined) {
      while (taken.has(next)) next++;
      number = next;
      taken.add(number);
    }
    return { ...region, number };
  });
}
