import { DEFAULT_BUDGET, PLAN_TERMS, PLAN_VERSION, type Plan } from '../../protocol/index.ts';

/** A plan of two regions for a scan of at least 12 × 12 pixels. */
export const examplePlan = (changes: Partial<Plan> = {}): Plan => ({
  type: 'plan',
  version: PLAN_VERSION,
  epoch: 1,
  number: 1,
  status: 'proposed',
  verdict: 'rescan',
  words: 'Scan again',
  request: { budget: DEFAULT_BUDGET, terms: PLAN_TERMS },
  regions: [
    {
      number: 1,
      y: 1,
      x: 2,
      height: 3,
      width: 4,
      dwells: 2,
      gain: 5,
      reason: 'classes 1 or 2',
      state: 'proposed',
    },
    { number: 2, y: 6, x: 5, height: 5, width: 7, dwells: 0.5, gain: 2, reason: 'new', state: 'proposed' },
  ],
  cost: { pixelDwells: 41.5, percent: 25 },
  gain: 7,
  wrong: 20,
  settled: { curve: [], mayStop: false },
  history: [],
  ...changes,
});
