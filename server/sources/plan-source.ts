import { noPlan, type PlanReply } from '../../protocol/plan.ts';
import { regionOf } from '../../protocol/plan-regions.ts';
import type { ScanRegion } from '../../protocol/scan.ts';

/** Knows what producers are told that ask what to scan next: the plan of the scan on show, with the regions that the operator has accepted. */
export interface PlanSource {
  planReply(): PlanReply;
}

/** There is nobody who plans. */
export const withoutPlan: PlanSource = { planReply: () => noPlan('There is no plan') };

/** A reply as it goes out: nothing is to be scanned before the operator has said yes. */
export const acceptedOnly = (reply: PlanReply): PlanReply =>
  reply.status === 'accepted' || reply.regions.length === 0 ? reply : { ...reply, regions: [] };

/** The accepted region that a rescan is of, by the place where the beam was sent. */
export function planRegionOf(
  rescan: ScanRegion | undefined,
  { status, number, scan, regions }: PlanReply,
): { number: number; region: number } | undefined {
  if (!rescan || status !== 'accepted' || scan !== rescan.parentId) return undefined;
  const found = regionOf(regions, rescan);
  return found && { number, region: found.number };
}
