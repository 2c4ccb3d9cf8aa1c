import type { Plan, PlanCommand, PlanRegion, PlanRequest } from '../../protocol/index.ts';
import { PLAN_VERSION } from '../../protocol/index.ts';

export const FAKE_TIMING = { dwellSeconds: 0.01, flybackSeconds: 0.02, setupSeconds: 3 };

/** Invented regions of a scan of 32 × 32, the most worth its cost first. */
const REGIONS: readonly Omit<PlanRegion, 'seconds'>[] = [
  {
    number: 1,
    y: 4,
    x: 6,
    height: 6,
    width: 8,
    dwells: 2,
    gain: 21,
    reason: 'Si-L: class 1 or 2? S/N 4.1',
    state: 'proposed',
  },
  {
    number: 2,
    y: 20,
    x: 18,
    height: 5,
    width: 5,
    dwells: 4,
    gain: 11,
    reason: 'unlike every class (14 px)',
    state: 'proposed',
  },
  {
    number: 3,
    y: 26,
    x: 2,
    height: 4,
    width: 10,
    dwells: 1,
    gain: 6,
    reason: 'O-K near its threshold, at a C–Si border',
    state: 'proposed',
  },
];

export const DEFAULT_FAKE_REQUEST: PlanRequest = {
  budget: { unit: 'percent', value: 25 },
  terms: ['classes', 'presence', 'novelty', 'missing'],
};

const dwells = ({ height, width, dwells: each }: PlanRegion): number => height * width * each;

export interface FakePlanOptions {
  epoch?: number;
  /** Pixels of the scan. */
  pixels?: number;
  request?: PlanRequest;
  /** Without a known dwell time there are no seconds. */
  timing?: boolean;
}

/** A plan as a monitor would send it: as many of the invented regions as the budget, read as percent, has room for. */
export function fakePlan({
  epoch = 1,
  pixels = 1024,
  request = DEFAULT_FAKE_REQUEST,
  timing = true,
}: FakePlanOptions = {}): Plan {
  const seconds = (region: PlanRegion) =>
    dwells(region) * FAKE_TIMING.dwellSeconds +
    region.height * FAKE_TIMING.flybackSeconds +
    FAKE_TIMING.setupSeconds;
  let left = (request.budget.value / 100) * pixels;
  const regions: PlanRegion[] = [];
  for (const region of request.terms.length === 0 ? [] : REGIONS) {
    if (dwells(region) > left) continue;
    left -= dwells(region);
    regions.push(timing ? { ...region, seconds: seconds(region) } : { ...region });
  }
  return planOf(regions, { epoch, pixels, request, timing });
}

function planOf(regions: PlanRegion[], { epoch, pixels, request, timing }: Required<FakePlanOptions>): Plan {
  const pixelDwells = regions.reduce((sum, region) => sum + dwells(region), 0);
  const gain = regions.reduce((sum, region) => sum + region.gain, 0);
  const all = regions.reduce((sum, region) => sum + (region.seconds ?? 0), 0);
  return {
    type: 'plan',
    version: PLAN_VERSION,
    epoch,
    number: 1,
    status: 'proposed',
    verdict: regions.length > 0 ? 'rescan' : 'no-rescan',
    words:
      regions.length > 0
        ? `Scanning ${regions.length} regions again is expected to put ${gain} pixels right.`
        : 'No rescan is worth its dose: it would put right less than 0.5 % of the pixels.',
    request,
    regions,
    cost: { pixelDwells, percent: (100 * pixelDwells) / pixels, ...(timing && { seconds: all }) },
    gain,
    wrong: 64,
    settled: {
      curve: [
        { dwells: 0.25, changes: 0.012 },
        { dwells: 0.5, changes: 0.021 },
        { dwells: 1, changes: 0.034 },
        { dwells: 2, changes: 0.047 },
        { dwells: 4, changes: 0.055 },
      ],
      mayStop: false,
    },
    history: [],
    ...(timing && { timing: FAKE_TIMING }),
  };
}

/** What a monitor makes of a command. */
export function planAfter(plan: Plan, command: PlanCommand, pixels: number, now: number): Plan {
  const number = plan.number + 1;
  const { epoch, history } = plan;
  switch (command.type) {
    case 'plan':
      return { ...fakePlan({ epoch, pixels, request: command.request }), number, history };
    case 'withdraw-plan':
      return { ...plan, number, status: 'proposed' };
    case 'accept-plan': {
      const regions = command.rectangles.map(
        (rectangle, index): PlanRegion => ({
          ...rectangle,
          number: index + 1,
          gain: 5,
          reason: 'chosen by the operator',
          state: 'accepted',
        }),
      );
      const next = planOf(regions, { epoch, pixels, request: plan.request, timing: false });
      return {
        ...next,
        number,
        status: 'accepted',
        history: [...history, { number, at: now, regions, predictedGain: next.gain }],
      };
    }
  }
}
