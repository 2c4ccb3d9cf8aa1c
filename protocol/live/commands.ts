import * as v from 'valibot';
import { FASTEST_REPLAY, MOST_ANNOTATION_TEXT, MOST_AUTHOR_TEXT, SLOWEST_REPLAY } from '../command-limits.ts';
import { BUDGET_UNITS, MOST_PLAN_DWELLS, MOST_PLAN_REGIONS, PLAN_TERMS } from '../plan-limits.ts';
import { number } from './values.ts';

/** What dashboards send. Other than what monitors send, it is held against its schema in every detail. */

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** ms since 1970. */
const moment = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const extent = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
const words = (most: number) => v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(most));

/** What a note is about, in pixels of the scan; without a place it is about a moment. */
export const annotationPlace = v.variant('kind', [
  v.strictObject({ kind: v.literal('point'), y: whole, x: whole }),
  v.strictObject({ kind: v.literal('region'), y: whole, x: whole, height: extent, width: extent }),
]);

/** A note of the operator about a moment of a scan, and about a place where it names one. */
export const annotation = v.object({
  id: v.string(),
  text: v.string(),
  author: v.exactOptional(v.string()),
  place: v.exactOptional(annotationPlace),
  /** The moment of the scan it is about, ms since 1970. */
  at: number,
  /** When it was written, ms since 1970. */
  made: number,
});

/** Times the pace of the recording, or as fast as it can be drawn. */
export const replaySpeed = v.union(
  [v.pipe(v.number(), v.minValue(SLOWEST_REPLAY), v.maxValue(FASTEST_REPLAY)), v.literal('max')],
  `expected ${SLOWEST_REPLAY} to ${FASTEST_REPLAY}, or "max"`,
);

const rectangle = v.strictObject({
  y: whole,
  x: whole,
  height: extent,
  width: extent,
  dwells: v.pipe(v.number(), v.finite(), v.gtValue(0), v.maxValue(MOST_PLAN_DWELLS)),
});

const budget = v.strictObject({
  unit: v.picklist(BUDGET_UNITS),
  value: v.pipe(v.number(), v.finite(), v.gtValue(0)),
});

const terms = v.pipe(
  v.array(v.picklist(PLAN_TERMS)),
  v.check(
    (all) => all.length > 0 && new Set(all).size === all.length,
    `expected at least one of ${PLAN_TERMS.join(', ')}, each once`,
  ),
  v.readonly(),
);

/** Read the edges of the scan on another energy axis, eV: the one that is proposed, or the one as filed again. */
export const axisChoice = v.strictObject({
  type: v.literal('axis'),
  epoch: whole,
  offset: v.pipe(v.number(), v.finite()),
  dispersion: v.pipe(v.number(), v.finite(), v.gtValue(0)),
});

/** How a recorded scan is to be played. */
export const playerCommand = v.variant('type', [
  v.strictObject({ type: v.literal('play') }),
  v.strictObject({ type: v.literal('pause') }),
  /** Rows forward, or back where negative. Pauses. */
  v.strictObject({ type: v.literal('step'), rows: v.pipe(v.number(), v.safeInteger()) }),
  /** To a moment, ms since 1970, or to where a row (from 0) had just been measured. */
  v.strictObject({ type: v.literal('seek'), at: moment }),
  v.strictObject({ type: v.literal('seek-row'), row: whole }),
  v.strictObject({ type: v.literal('speed'), speed: replaySpeed }),
  /** Begins again at the end. */
  v.strictObject({ type: v.literal('loop'), on: v.boolean() }),
]);

export const annotationCommand = v.variant('type', [
  /** `at` is left out for the moment on show. */
  v.strictObject({
    type: v.literal('annotate'),
    text: words(MOST_ANNOTATION_TEXT),
    author: v.exactOptional(words(MOST_AUTHOR_TEXT)),
    place: v.exactOptional(annotationPlace),
    at: v.exactOptional(moment),
  }),
  v.strictObject({ type: v.literal('remove-annotation'), id: words(MOST_AUTHOR_TEXT) }),
]);

/** Commands about the plan of the scan on show. */
export const planCommand = v.variant('type', [
  /** Plan again with another budget or other terms. */
  v.strictObject({ type: v.literal('plan'), epoch: whole, request: v.strictObject({ budget, terms }) }),
  /** Accepts these rectangles: those proposed, or as edited. */
  v.strictObject({
    type: v.literal('accept-plan'),
    epoch: whole,
    rectangles: v.pipe(
      v.array(rectangle),
      v.check(
        ({ length }) => length >= 1 && length <= MOST_PLAN_REGIONS,
        `expected 1 to ${MOST_PLAN_REGIONS} rectangles`,
      ),
    ),
  }),
  /** Withdraws the accepted plan. */
  v.strictObject({ type: v.literal('withdraw-plan'), epoch: whole }),
]);

/** Everything a page can ask for; also what is posted to `/api/player`. */
export const command = v.variant('type', [axisChoice, playerCommand, annotationCommand, planCommand]);

/** Asks for one pixel's spectrum; the answer repeats `request`. */
export const spectrumRequest = v.strictObject({
  type: v.literal('spectrum'),
  request: whole,
  pixel: whole,
});

/** Asks for a command; the answer repeats `request`. */
export const commandRequest = v.strictObject({ type: v.literal('command'), request: whole, command });

/** Everything dashboards may send; anything else is refused. */
export const clientMessage = v.variant('type', [spectrumRequest, commandRequest]);
