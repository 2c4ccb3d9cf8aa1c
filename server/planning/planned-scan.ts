import type { Plan, Scan } from '../../protocol/index.ts';

/** What the ways out know of the scan: all but its spectra. */
export type PlannedScan = Pick<
  Scan,
  'id' | 'name' | 'shape' | 'pixelSizeNm' | 'dwellSeconds' | 'context' | 'simulated'
>;

/** What the ways out write of a plan. */
export type ExportedPlan = Pick<Plan, 'status' | 'verdict' | 'words' | 'regions'> &
  Partial<Pick<Plan, 'number'>>;
