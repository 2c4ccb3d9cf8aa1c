import type { FollowTimes } from './follow-times.ts';

/** All in ms. */
export interface WatchTimes extends FollowTimes {
  /** The files of the scan in progress are looked at this often. */
  pollMs: number;
  /** … and this often while they grow before our eyes, unless they lie on a network share: most writes are told by events. */
  growthMs: number;
  /** The folder is listed this often, and whenever an event says so. */
  listMs: number;
  /** A file that is called a low loss waits so long for its core loss before it is taken for a scan of its own. */
  partnerMs: number;
}

export const WATCH_TIMES: WatchTimes = {
  pollMs: 250,
  growthMs: 40,
  listMs: 1000,
  settleMs: 1000,
  partnerMs: 5000,
  shrinkMs: 1000,
  quietMs: 1500,
  verifyMs: 30_000,
  stallMs: 5000,
  abortMs: 60_000,
};
