import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';

/** Steps of niceness: a third to a quarter of the time of a thread that does not give way. */
const STEPS = 6;
const NICEST = 19;

/**
 * Lets the threads that new pixels wait for go first on a processor that is busy. Linux alone has priorities for
 * threads; elsewhere, or where it is not allowed, nothing happens.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, Math.min(NICEST, getPriority(thread) + STEPS));
  } catch {
    // A matter of speed alone.
  }
}
