import type { GrowthTimes } from './growing-file.ts';

export interface FollowTimes extends GrowthTimes {
  /** A scan without growth is stalled after this, or after 20 rows if they take longer. */
  stallMs: number;
  /** … and is given up after this, or after 40 rows. */
  abortMs: number;
  /** How long to wait for scalar channels after the last spectrum. */
  settleMs: number;
}

/** What was found when a scan was compared with its files. */
export type Outcome = 'goes on' | 'rewritten' | 'absent';
