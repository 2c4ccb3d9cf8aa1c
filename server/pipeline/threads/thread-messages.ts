import { parentPort } from 'node:worker_threads';
import type { ReadingOptions, ReadingTrouble } from '../../formats/reading/sample-file.ts';
import type { HeartbeatMessage } from './heartbeat.ts';
import { ReadTroubles, type ReportTrouble } from './read-troubles.ts';

/** Messages of every thread, besides its own reports; their types are distinct. */
export type ThreadMessage =
  | HeartbeatMessage
  /** Its script is loaded. */
  | { type: 'started' }
  /** Current fault when reading spectra; none when left out. */
  | { type: 'trouble'; trouble?: ReadingTrouble };

/** Without live display, a run that cannot continue fails after this time. */
const HEADLESS_PATIENCE_MS = 30_000;

const say = (word: ThreadMessage) => parentPort?.postMessage(word);
const troubles = new ReadTroubles((trouble) => say({ type: 'trouble', ...(trouble && { trouble }) }));

/** Call at the end of a thread's script: from now on the thread can be terminated safely. */
export const started = (): void => say({ type: 'started' });

/**
 * How a thread's reader reads: read faults are forwarded to the thread's parent.
 * @param live reading is tried again as long as the file exists
 */
export const threadReading = (live: boolean): ReadingOptions => ({
  patienceMs: live ? Number.POSITIVE_INFINITY : HEADLESS_PATIENCE_MS,
  trouble: troubles.add(),
});

/** For the threads that this one starts. */
export const forwardTroubles = (): ReportTrouble => troubles.add();
