import type { ScanRegion } from './scan.ts';

/** Version of `plan.json` and of the `plan` message. */
export const PLAN_VERSION = 1;

/**
 * What a rescan may cost. `percent`: of the first pass; where its dwell time is known fly-back and set-up count as time,
 * otherwise the unit is the pixel-dwell (one pixel exposed as long as in the first pass) and set-up is left out.
 * `pixels`: pixel-dwells. `dose`: electrons/Å², mean over the scan, where beam current, pixel size and dwell are known.
 */
export interface PlanBudget {
  unit: 'percent' | 'seconds' | 'pixels' | 'dose';
  value: number;
}

export const DEFAULT_BUDGET: PlanBudget = { unit: 'percent', value: 25 };

/** What can make a pixel worth a rescan; each has a map of its own. */
export const PLAN_TERMS = ['classes', 'presence', 'novelty', 'missing'] as const;
/**
 * `classes`: in doubt which class of an edge the pixel belongs to. `presence`: in doubt whether an edge is there at all.
 * `novelty`: unlike every landmark. `missing`: lost, aborted, masked or saturated.
 */
export type PlanTerm = (typeof PLAN_TERMS)[number];

/** What a plan is asked for. */
export interface PlanRequest {
  budget: PlanBudget;
  terms: readonly PlanTerm[];
}

/** A rectangle to scan again, in pixels of the scan. */
export interface PlanRectangle {
  y: number;
  x: number;
  height: number;
  width: number;
  /** Exposure of each of its pixels, in units of the first pass's dwell. */
  dwells: number;
}

/** A rectangle with what a rescan of it takes and brings. */
export interface JudgedRegion extends PlanRectangle {
  /** Beam time with fly-back and set-up; undefined without a known dwell time. */
  seconds?: number;
  /** Pixels expected to be put right. */
  gain: number;
  /** Why, in words: `Si-L: class 1 or 2? S/N 4.1`. */
  reason: string;
}

/**
 * How far a region is. `proposed`: nobody has said yes to it. `accepted`: it waits for its rescan. `scanning`: its rescan runs or is
 * being taken in. `partly`: some of its pixels were scanned again. `scanned`: most of them were, and it is not asked for any more.
 */
export const REGION_STATES = ['proposed', 'accepted', 'scanning', 'partly', 'scanned'] as const;
export type RegionState = (typeof REGION_STATES)[number];

/** One region of a plan. */
export interface PlanRegion extends JudgedRegion {
  /** Stays with the region while the plan follows the scan; the number that is drawn on it. */
  number: number;
  state: RegionState;
  /** Part of its pixels that has come, 0–1, once it is being scanned. */
  share?: number;
  /** Pixels that were put right, as the model afterwards has it, once that is known. */
  achievedGain?: number;
}

/** Where the specimen lies by now, in pixels of the scan, as the newest rescan was registered. */
export interface PlanDrift {
  /** What was scanned lies at so much larger rows and columns of the scan than the beam was sent to. */
  y: number;
  x: number;
  /** Whole pixels of it by which regions are moved against that when they are sent. */
  applied: { y: number; x: number };
}

export type PlanVerdict =
  /** The regions are worth their dose. */
  | 'rescan'
  /** No rescan is worth its dose: what it would put right is less than 0.5 % of the pixels, or no region fits the budget. */
  | 'no-rescan'
  /** There is no model yet to plan by. */
  | 'too-early';

/**
 * `proposed`: follows the scan. `accepted`: the operator has said yes, and producers that ask are told. `expired`: was
 * accepted for a scan that has changed since.
 */
export type PlanStatus = 'proposed' | 'accepted' | 'expired';

/** How settled the maps are: labels expected to change when every pixel is exposed for so much longer. */
export interface Settled {
  /** Further exposure of every pixel, in units of the first pass's dwell, and the share of labels (0–1) that change by it. */
  curve: { dwells: number; changes: number }[];
  /** Share of labels expected to change from here to the end of the pass under way; undefined without one. */
  remaining?: number;
  /** A further pass runs, and hardly a label will change by the rest of it. */
  mayStop: boolean;
}

/** A plan of before, with what came of it. */
export interface PastPlan {
  number: number;
  /** When it was accepted, ms since 1970. */
  at: number;
  regions: PlanRegion[];
  predictedGain: number;
  /** Pixels that were put right as the model afterwards has it; undefined before the rescan is in. */
  achievedGain?: number;
}

/** Where to scan again. Whole state: the newest replaces the one before. */
export interface Plan {
  type: 'plan';
  version: typeof PLAN_VERSION;
  epoch: number;
  /** Grows with every plan whose regions differ. */
  number: number;
  status: PlanStatus;
  verdict: PlanVerdict;
  /** The verdict in words. */
  words: string;
  /** Why an accepted plan has expired: `the specimen has moved by 2.3 pixels (1.2 nm) since the survey`. */
  expiredFor?: string;
  /** What is sent is moved by it; absent as long as no rescan was found to be shifted. */
  drift?: PlanDrift;
  request: PlanRequest;
  /** Ranked, the most gain for its cost first. */
  regions: PlanRegion[];
  /** Of all regions together; seconds where the dwell time is known. */
  cost: { pixelDwells: number; seconds?: number; percent: number };
  /** Pixels expected to be put right by all regions, and pixels expected to be wrong now. */
  gain: number;
  wrong: number;
  settled: Settled;
  history: PastPlan[];
  /** What a region takes besides its dwells, where the dwell time is known: a page that edits rectangles counts with it. */
  timing?: PlanTiming;
  /** Electrons/Å² that one dwell gives a pixel; undefined unless beam current, pixel size and dwell time are known. */
  doseRate?: number;
  /** Most that a pixel may get in all, e/Å², where one was given. */
  doseLimit?: number;
}

/** Seconds per pixel-dwell, per row of a region, and per region. */
export interface PlanTiming {
  dwellSeconds: number;
  flybackSeconds: number;
  setupSeconds: number;
}

/** Commands about the plan of the scan on show. */
export type PlanCommand =
  /** Plan again with another budget or other terms. */
  | { type: 'plan'; epoch: number; request: PlanRequest }
  /** The operator's yes to these rectangles: those proposed, or as edited. */
  | { type: 'accept-plan'; epoch: number; rectangles: PlanRectangle[] }
  /** Withdraws the accepted plan. */
  | { type: 'withdraw-plan'; epoch: number };

/** What a producer that asks `plan?` is answered. */
export interface PlanReply {
  type: 'plan';
  version: typeof PLAN_VERSION;
  /** The scan to scan again; undefined when there is none. */
  scan?: string;
  number: number;
  status: PlanStatus | 'none';
  verdict: PlanVerdict;
  words: string;
  /** Whether the final maps of the scan are in it: until then the answer may change at any moment. */
  final?: boolean;
  /** Why a plan has expired. */
  expiredFor?: string;
  /** Empty unless the status is `accepted`. `region` goes into the rescan's `scan` message as it is: it is where the specimen lies by now. */
  regions: (PlanRectangle & { number: number; region: ScanRegion })[];
}

/** The reply where there is nothing to tell of. @param words why */
export const noPlan = (words: string): PlanReply => ({
  type: 'plan',
  version: PLAN_VERSION,
  number: 0,
  status: 'none',
  verdict: 'too-early',
  words,
  regions: [],
});
