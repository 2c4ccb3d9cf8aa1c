import type { FollowTimes } from './scan-follower.ts';

/** All in ms. */
export interface WatchTimes extends FollowTimes {
  /** The files of the scan in progress are looked at this often. */
  pollMs: number;
  /** … and this often while they grow before our eyes, unless they lie on a network share: most writes are told by events. */
  growthMs: number;
  /** The folder is listed this often, and whenever an event says so. */
  listMs: number;
}

export const WATCH_TIMES: WatchTimes = {
  pollMs: 250,
  growthMs: 40,
  listMs: 1000,
  settleMs: 1000,
  shrinkMs: 1000,
  quietMs: 1500,
  verifyMs: 30_000,
  stallMs: 5000,
  abortMs: 60_000,
};
