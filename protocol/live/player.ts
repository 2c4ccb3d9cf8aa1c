import * as v from 'valibot';
import { annotation, replaySpeed } from './commands.ts';
import { number, pair, word } from './values.ts';

/** Notes about the scan on show. */
export const annotations = v.object({
  type: v.literal('annotations'),
  epoch: number,
  annotations: v.array(annotation),
});

/** Where a replay is; the other topics hold what dashboards were shown at that moment. */
export const player = v.object({
  type: v.literal('player'),
  epoch: number,
  /** Name of the session's folder. */
  session: v.string(),
  state: word('playing', 'paused', 'ended'),
  /** The moment on show, ms since 1970, between `start` and `end` of the timeline. */
  at: number,
  /** Rows measured by then, of the scan's rows. */
  row: number,
  speed: replaySpeed,
  loop: v.boolean(),
  /** Version of the program that recorded it. */
  recordedBy: v.string(),
});

export const timelineMark = v.object({
  /** ms since 1970. */
  at: number,
  kind: word('refit', 'alert', 'stalled', 'resumed', 'rescan', 'plan', 'end'),
  text: v.string(),
  edge: v.exactOptional(v.string()),
  severity: v.exactOptional(word('info', 'warning', 'error')),
});

/** What happened in a recorded scan, and when. */
export const timeline = v.object({
  type: v.literal('timeline'),
  epoch: number,
  /** ms since 1970. */
  start: number,
  end: number,
  /** How far the scan was: [ms since 1970, pixels measured by then in all passes], at most 500 of them, in order. */
  progress: v.array(pair),
  /** Pixels of all passes. */
  total: number,
  marks: v.array(timelineMark),
});
