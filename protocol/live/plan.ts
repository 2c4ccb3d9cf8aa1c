import * as v from 'valibot';
import { BUDGET_UNITS, PLAN_TERMS, PLAN_VERSION } from '../plan-limits.ts';
import { number, word } from './values.ts';

/**
 * What a rescan may cost. `percent`: of the first pass; where its dwell time is known fly-back and set-up count as time,
 * otherwise the unit is the pixel-dwell (one pixel exposed as long as in the first pass) and set-up is left out.
 * `pixels`: pixel-dwells. `dose`: electrons/Å², mean over the scan, where beam current, pixel size and dwell are known.
 */
export const planBudget = v.object({ unit: word(...BUDGET_UNITS), value: number });

/**
 * What can make a pixel worth a rescan; each has a map of its own. `classes`: in doubt which class of an edge the pixel belongs to.
 * `presence`: in doubt whether an edge is there at all. `novelty`: unlike every landmark. `missing`: lost, aborted, masked or
 * saturated.
 */
export const planTerm = word(...PLAN_TERMS);

/** What a plan is asked for. */
export const planRequest = v.object({ budget: planBudget, terms: v.pipe(v.array(planTerm), v.readonly()) });

/** A rectangle to scan again, in pixels of the scan. */
export const planRectangle = v.object({
  y: number,
  x: number,
  height: number,
  width: number,
  /** Exposure of each of its pixels, in units of the first pass's dwell. */
  dwells: number,
});

/** A rectangle with what a rescan of it takes and brings. */
export const judgedRegion = v.object({
  ...planRectangle.entries,
  /** Beam time with fly-back and set-up; undefined without a known dwell time. */
  seconds: v.exactOptional(number),
  /** Pixels expected to be put right. */
  gain: number,
  /** Why, in words: `Si-L: class 1 or 2? S/N 4.1`. */
  reason: v.string(),
});

/**
 * How far a region is. `proposed`: not accepted yet. `accepted`: it waits for its rescan. `scanning`: its rescan runs or is
 * being added. `partly`: some of its pixels were scanned again. `scanned`: most of them were, and no more are asked for.
 */
export const regionState = word('proposed', 'accepted', 'scanning', 'partly', 'scanned');

/** One region of a plan. */
export const planRegion = v.object({
  ...judgedRegion.entries,
  /** Stays with the region while the plan follows the scan; the number that is drawn on it. */
  number,
  state: regionState,
  /** Part of its pixels that has come, 0–1, once it is being scanned. */
  share: v.exactOptional(number),
  /** Pixels that were put right, as the model afterwards has it, once that is known. */
  achievedGain: v.exactOptional(number),
});

/** Where the specimen lies by now, in pixels of the scan, as the newest rescan was registered. */
export const planDrift = v.object({
  /** What was scanned lies at so much larger rows and columns of the scan than the beam was sent to. */
  y: number,
  x: number,
  /** Whole pixels of it by which regions are moved against that when they are sent. */
  applied: v.object({ y: number, x: number }),
});

/**
 * `rescan`: the regions are worth their dose. `no-rescan`: none is: a rescan would put right less than 0.5 % of the pixels, or no
 * region fits the budget. `too-early`: there is no model yet to plan by.
 */
export const planVerdict = word('rescan', 'no-rescan', 'too-early');

/**
 * `proposed`: follows the scan. `accepted`: by the operator, and sent to producers that ask. `expired`: was accepted for a scan
 * that has changed since.
 */
export const planStatus = word('proposed', 'accepted', 'expired');

/** How settled the maps are: labels expected to change when every pixel is exposed for so much longer. */
export const settled = v.object({
  /** Further exposure of every pixel, in units of the first pass's dwell, and the share of labels (0–1) that change by it. */
  curve: v.array(v.object({ dwells: number, changes: number })),
  /** Share of labels expected to change from here to the end of the pass under way; undefined without one. */
  remaining: v.exactOptional(number),
  /** A further pass runs, and hardly a label will change by the rest of it. */
  mayStop: v.boolean(),
});

/** An earlier plan and its result. */
export const pastPlan = v.object({
  number,
  /** When it was accepted, ms since 1970. */
  at: number,
  regions: v.array(planRegion),
  predictedGain: number,
  /** Pixels that were put right as the model afterwards has it; undefined before the rescan is in. */
  achievedGain: v.exactOptional(number),
});

/** Seconds per pixel-dwell, per row of a region, and per region. */
export const planTiming = v.object({ dwellSeconds: number, flybackSeconds: number, setupSeconds: number });

/** Where to scan again. Whole state: the newest replaces the one before. */
export const plan = v.object({
  type: v.literal('plan'),
  version: v.literal(PLAN_VERSION),
  epoch: number,
  /** Grows with every plan whose regions differ. */
  number,
  status: planStatus,
  verdict: planVerdict,
  /** The verdict in words. */
  words: v.string(),
  /** Why an accepted plan has expired: `the specimen has moved by 2.3 pixels (1.2 nm) since the survey`. */
  expiredFor: v.exactOptional(v.string()),
  /** What is sent is moved by it; absent as long as no rescan was found to be shifted. */
  drift: v.exactOptional(planDrift),
  request: planRequest,
  /** Ranked, the most gain for its cost first. */
  regions: v.array(planRegion),
  /** Of all regions together; seconds where the dwell time is known. */
  cost: v.object({ pixelDwells: number, seconds: v.exactOptional(number), percent: number }),
  /** Pixels expected to be put right by all regions, and pixels expected to be wrong now. */
  gain: number,
  wrong: number,
  settled,
  history: v.array(pastPlan),
  /** What a region takes besides its dwells, where the dwell time is known: a page that edits rectangles counts with it. */
  timing: v.exactOptional(planTiming),
  /** Electrons/Å² that one dwell gives a pixel; undefined unless beam current, pixel size and dwell time are known. */
  doseRate: v.exactOptional(number),
  /** Most that a pixel may get in all, e/Å², where one was given. */
  doseLimit: v.exactOptional(number),
});
