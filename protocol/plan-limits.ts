/** Version of `plan.json` and of the `plan` message. */
export const PLAN_VERSION = 1;

/** What can make a pixel worth a rescan. */
export const PLAN_TERMS = ['classes', 'presence', 'novelty', 'missing'] as const;

/** What a budget of a plan may be counted in. */
export const BUDGET_UNITS = ['percent', 'seconds', 'pixels', 'dose'] as const;

/** Most rectangles of one plan. */
export const MOST_PLAN_REGIONS = 64;

/** Longest exposure of a region's pixels, in units of the first pass's dwell. */
export const MOST_PLAN_DWELLS = 1000;
