import type { JudgedRegion, Plan, PlanRegion, Scan } from '../../protocol/index.ts';

/** What the files of a plan tell of its scan. */
export type PlannedScan = Pick<
  Scan,
  'id' | 'name' | 'shape' | 'pixelSizeNm' | 'dwellSeconds' | 'context' | 'simulated'
>;

/** What of a plan is written for other programs. */
export type ExportedPlan = Pick<Plan, 'status' | 'verdict' | 'words'> &
  Partial<Pick<Plan, 'number' | 'drift'>> & { regions: readonly ExportedRegion[] };

export type ExportedRegion = JudgedRegion & Pick<PlanRegion, 'number'>;
