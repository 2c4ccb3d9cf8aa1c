import type { FollowTimes } from '../growing/follow-times.ts';

/** Levels of folders below the watched one that are looked into, where nothing else is asked for. */
export const DEFAULT_DEPTH = 2;

/** All in ms. */
export interface WatchTimes extends FollowTimes {
  /** The files of the scan in progress are compared this often. */
  pollMs: number;
  /** … and this often while they grow before our eyes, unless they lie on a network share. */
  growthMs: number;
  /** What was found is compared with the folder this often, and whenever an event says so. */
  listMs: number;
  /** A file that is called a low loss waits so long for its core loss before it is taken for a scan of its own. */
  partnerMs: number;
  /** Files of the scan in progress that are away for longer are gone. */
  awayMs: number;
}

export const WATCH_TIMES: WatchTimes = {
  pollMs: 250,
  growthMs: 20,
  listMs: 1000,
  settleMs: 1000,
  partnerMs: 5000,
  awayMs: 2000,
  shrinkMs: 1000,
  quietMs: 1500,
  verifyMs: 30_000,
  stallMs: 5000,
  abortMs: 60_000,
};
