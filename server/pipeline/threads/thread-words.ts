import { parentPort } from 'node:worker_threads';
import type { ReadingOptions, ReadingTrouble } from '../../formats/sample-file.ts';
import type { Alive } from './heartbeat.ts';
import { ReadTroubles, type TellTrouble } from './read-troubles.ts';

/** What every thread says, beside its own reports, none of which has these types. */
export type ThreadWord =
  | Alive
  /** Its script is loaded. */
  | { type: 'started' }
  /** What is in the way of reading spectra; nothing any more when left out. */
  | { type: 'trouble'; trouble?: ReadingTrouble };

/** Where nobody looks on, a run that cannot go on ends after this, and says why. */
const HEADLESS_PATIENCE_MS = 30_000;

const say = (word: ThreadWord) => parentPort?.postMessage(word);
const troubles = new ReadTroubles((trouble) => say({ type: 'trouble', ...(trouble && { trouble }) }));

/** For the end of a thread's script: it can be ended without harm from now on. */
export const started = (): void => say({ type: 'started' });

/**
 * How a thread's reader reads: what it meets is passed on to whoever started the thread.
 * @param live reading is tried again as long as the file exists
 */
export const threadReading = (live: boolean): ReadingOptions => ({
  patienceMs: live ? Number.POSITIVE_INFINITY : HEADLESS_PATIENCE_MS,
  trouble: troubles.add(),
});

/** For the threads that this one starts. */
export const passOn = (): TellTrouble => troubles.add();
