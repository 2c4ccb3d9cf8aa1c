import type { InferOutput } from 'valibot';
import type * as plan from './live/plan.ts';
import { PLAN_VERSION } from './plan-limits.ts';
import type { ScanRegion } from './scan.ts';

export type PlanBudget = InferOutput<typeof plan.planBudget>;
export type PlanTerm = InferOutput<typeof plan.planTerm>;
export type PlanRequest = InferOutput<typeof plan.planRequest>;
export type PlanRectangle = InferOutput<typeof plan.planRectangle>;
export type JudgedRegion = InferOutput<typeof plan.judgedRegion>;
export type RegionState = InferOutput<typeof plan.regionState>;
export type PlanRegion = InferOutput<typeof plan.planRegion>;
export type PlanDrift = InferOutput<typeof plan.planDrift>;
export type PlanVerdict = InferOutput<typeof plan.planVerdict>;
export type PlanStatus = InferOutput<typeof plan.planStatus>;
export type Settled = InferOutput<typeof plan.settled>;
export type PastPlan = InferOutput<typeof plan.pastPlan>;
export type PlanTiming = InferOutput<typeof plan.planTiming>;
export type Plan = InferOutput<typeof plan.plan>;

export const DEFAULT_BUDGET: PlanBudget = { unit: 'percent', value: 25 };

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

/** The reply where there is no plan. @param words why */
export const noPlan = (words: string): PlanReply => ({
  type: 'plan',
  version: PLAN_VERSION,
  number: 0,
  status: 'none',
  verdict: 'too-early',
  words,
  regions: [],
});
