/** A stretch of time across a strip of the page. */
export interface TimelineScale {
  /** ms since 1970. */
  start: number;
  end: number;
  /** CSS pixels. */
  width: number;
}

/** Lower limit of a recording's length, ms, so that a division by it is possible. */
const SHORTEST_MS = 1;

const span = ({ start, end }: TimelineScale): number => Math.max(end - start, SHORTEST_MS);

/** Where a moment lies, CSS pixels; outside the recording at its ends. */
export const positionOf = (scale: TimelineScale, at: number): number =>
  Math.min(1, Math.max(0, (at - scale.start) / span(scale))) * scale.width;

/** The moment at a position, ms since 1970. */
export const momentAt = (scale: TimelineScale, x: number): number =>
  Math.round(
    scale.start + Math.min(1, Math.max(0, x / Math.max(scale.width, 1))) * (scale.end - scale.start),
  );

/**
 * Outline of the area under the progress curve, as an SVG path: a step up where pixels came.
 * @param progress moments and pixels measured by then, in order
 */
export function progressPath(
  progress: readonly (readonly [number, number])[],
  total: number,
  scale: TimelineScale,
  height: number,
): string {
  const y = (pixels: number) => (height * (1 - Math.min(1, pixels / Math.max(total, 1)))).toFixed(1);
  const x = (at: number) => positionOf(scale, at).toFixed(1);
  const points = progress.map(([at, pixels]) => `L${x(at)} ${y(pixels)}`);
  const last = progress.at(-1)?.[1] ?? 0;
  return `M0 ${height}${points.join('')}L${scale.width.toFixed(1)} ${y(last)}V${height}Z`;
}

/** Marks that lie too close to be drawn separately. */
export interface MarkGroup<Mark> {
  /** Of the first of them, CSS pixels and ms since 1970. */
  x: number;
  at: number;
  marks: Mark[];
}

/**
 * Marks in the order of time, those within `reach` CSS pixels of the first of a group together.
 */
export function groupMarks<Mark extends { at: number }>(
  marks: readonly Mark[],
  scale: TimelineScale,
  reach: number,
): MarkGroup<Mark>[] {
  const groups: MarkGroup<Mark>[] = [];
  for (const mark of [...marks].sort((a, b) => a.at - b.at)) {
    const x = positionOf(scale, mark.at);
    const last = groups.at(-1);
    if (last !== undefined && x - last.x <= reach) last.marks.push(mark);
    else groups.push({ x, at: mark.at, marks: [mark] });
  }
  return groups;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
];

export interface TimeTick {
  x: number;
  /** ms since 1970. */
  at: number;
}

/**
 * Round moments at least `room` CSS pixels apart, and the step between them, ms.
 * @param origin of the count, ms since 1970: the start for elapsed time, a local midnight for the clock
 */
export function timeTicks(
  scale: TimelineScale,
  room: number,
  origin: number,
): { step: number; ticks: TimeTick[] } {
  const wanted = (span(scale) * room) / Math.max(scale.width, 1);
  const step = STEPS.find((one) => one >= wanted) ?? 24 * HOUR * Math.ceil(wanted / (24 * HOUR));
  const ticks: TimeTick[] = [];
  for (let at = origin + Math.ceil((scale.start - origin) / step) * step; at <= scale.end; at += step)
    ticks.push({ at, x: positionOf(scale, at) });
  return { step, ticks };
}
