import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';

/** Nice value: a third to a quarter of the processor time of a thread of normal priority. */
const STEPS = 6;
const NICEST = 19;

/**
 * Lowers the priority of this thread, so that placing new pixels comes first on a busy processor. Linux alone has
 * priorities for threads; elsewhere, or where it is not allowed, nothing happens.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== 'linux') return;
  try {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    setPriority(thread, Math.min(NICEST, getPriority(thread) + STEPS));
  } catch {
    // Affects speed only.
  }
}
