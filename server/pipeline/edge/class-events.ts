import type { ClassEvent } from '../../../protocol/index.ts';

/** A class map with the identity (colour) of each label. */
export interface ColouredMap {
  labels: Int16Array;
  colours: readonly number[];
}

/** Share of the pixels that may change their class without an event. */
export const QUIET_CHURN = 0.01;

/** Share of the pixels of two maps that have a class in both, and not the same one. */
export function churnOf(before: ColouredMap, after: ColouredMap): number {
  let [both, changed] = [0, 0];
  before.labels.forEach((label, pixel) => {
    const now = after.labels[pixel];
    if (label < 0 || now < 0) return;
    both++;
    if (before.colours[label] !== after.colours[now]) changed++;
  });
  return both > 0 ? changed / both : 0;
}

/**
 * Events when one class map replaces another.
 * @param present pixels that show the edge at this moment
 */
export function classEvents(before: ColouredMap, after: ColouredMap, present: number): ClassEvent[] {
  const events: ClassEvent[] = [];
  for (const colour of after.colours)
    if (!before.colours.includes(colour)) events.push({ kind: 'birth', colour, present });
  for (const colour of before.colours)
    if (!after.colours.includes(colour)) events.push({ kind: 'death', colour, present });
  const churn = churnOf(before, after);
  if (churn > QUIET_CHURN) events.push({ kind: 're-learning', churn, present });
  return events;
}
