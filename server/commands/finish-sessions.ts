import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { checkOptions, type Options } from '../config.ts';
import { Monitor } from '../pipeline/monitor.ts';
import type { AnalysisOptions } from '../pipeline/options.ts';
import { noteFinal } from '../replay/note-final.ts';
import { keepResults } from '../results.ts';
import { hasResults } from '../sessions/has-results.ts';
import { SessionJournal } from '../sessions/journal/session-journal.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import { isDue } from '../sessions/rescans/rescan-record.ts';
import { holdsCounts, readDescription } from '../sessions/session-description.ts';
import { SessionLock } from '../sessions/session-lock.ts';
import type { SessionStore, StoredSession } from '../sessions/session-store.ts';
import { SessionWriter } from '../sessions/session-writer.ts';
import { closeFileSession } from '../sources/file-sessions/close-file-session.ts';
import { sessionSource } from '../sources/file-sessions/session-source.ts';
import { type PlaceRescan, placeByRegistration } from '../sources/rescans/place-rescan.ts';
import { settleRescans } from '../sources/rescans/settle-rescan.ts';
import { VERSION } from '../version.ts';
import { analysisOptions } from './analysis-options.ts';
import { interruption } from './interruption.ts';
import type { LaterSessions } from './later-sessions.ts';
import { optionsOfSession } from './options-of-session.ts';

export interface FinishInput {
  store: SessionStore;
  /** Of this run; for sessions whose journal does not say with which options they were recorded. */
  options: Options;
  signal: AbortSignal;
  /** Nothing is done before this, though not for long: sources take up their own scan first. */
  after?: Promise<void> | undefined;
  /** Sessions that come while this runs; with it, it goes on until `signal` aborts. */
  later?: LaterSessions;
  /** Finds where rescans lie in their scan. */
  place?: PlaceRescan;
  /** Called for every session that has its results now. */
  done: (folder: string) => void;
  failed: (message: string) => void;
}

const LONGEST_WAIT_MS = 3000;
/** Scans that are still being written, and that nobody records, are looked at again after this many ms. */
const AGAIN_MS = 5000;

/**
 * Makes the final maps of scans that had ended when an earlier run of the monitor was cut off, or have ended since in the files they lie
 * in, one after the other.
 */
export async function finishSessions(input: FinishInput): Promise<void> {
  const { store, signal, after, later, done, failed } = input;
  if (after)
    await Promise.race([after, wait(LONGEST_WAIT_MS, undefined, { signal, ref: false }).catch(() => {})]);
  try {
    const unreadable: string[] = [];
    let left = await store.list(({ message }) => unreadable.push(message));
    if (unreadable.length > 0) failed(unreadableText(unreadable));
    while (!signal.aborted) {
      left.push(...(await describe(later?.take() ?? [])));
      if (left.length === 0) {
        if (!later) return;
        await later.next(signal);
        continue;
      }
      const waiting: StoredSession[] = [];
      for (const stored of left) {
        if (signal.aborted) return;
        const outcome = await finishSession(stored, input).catch((error: Error) => {
          failed(`the final maps of ${stored.folder} could not be made: ${error.message}`);
          return 'left';
        });
        if (outcome === 'waits') waiting.push(stored);
        else later?.finished(stored.folder);
        if (outcome === 'finished') done(stored.folder);
      }
      left = waiting;
      if (left.length > 0) await wait(AGAIN_MS, undefined, { signal, ref: false }).catch(() => {});
    }
  } catch (error) {
    failed(`final maps of earlier sessions could not be made: ${(error as Error).message}`);
  }
}

const unreadableText = ([first, ...others]: readonly string[]): string =>
  `${first}${others.length > 0 ? ` (and ${others.length} more sessions that cannot be read)` : ''}: left as it is`;

async function describe(folders: readonly string[]): Promise<StoredSession[]> {
  const sessions: StoredSession[] = [];
  for (const folder of folders) {
    const description = await readDescription(folder);
    if (description) sessions.push({ folder, description });
  }
  return sessions;
}

async function finishSession(
  { folder, description }: StoredSession,
  input: FinishInput,
): Promise<'finished' | 'waits' | 'left'> {
  const { store, options, signal, later } = input;
  if (description.status === 'open' && description.files)
    if (!(await closeFileSession({ folder, description }, store, signal))) return 'waits';
  await settle(folder, input);
  const now = await readDescription(folder);
  // The file that it refers to holds another scan.
  if (now?.rewritten && !holdsCounts(now)) return 'left';
  if (now?.ended === undefined || signal.aborted || (await hasResults(folder))) return 'left';
  const needed = new AbortController();
  const over = new EventTarget();
  const released = once(over, 'released').then(() => {});
  let lock: SessionLock;
  try {
    lock = await SessionLock.take(folder, () => {
      needed.abort();
      return released;
    });
  } catch (error) {
    // What this monitor still writes into it, such as checksums, is soon there.
    if (error instanceof RecordingFault) return later?.has(folder) ? 'waits' : 'left';
    throw error;
  }
  try {
    const isFinished = await finish(
      folder,
      analysisOptions(await ownOptions(folder, options), false, () => {}),
      AbortSignal.any([signal, needed.signal]),
    );
    if (isFinished) return 'finished';
    return needed.signal.aborted ? 'waits' : 'left';
  } finally {
    lock.release();
    over.dispatchEvent(new Event('released'));
  }
}

/** Those that a session was recorded with, where they are known. */
async function ownOptions(folder: string, options: Options): Promise<Options> {
  const recorded = await optionsOfSession(folder);
  return recorded === undefined ? options : checkOptions(recorded);
}

/** Adds the rescans that had ended when the monitor was cut off. */
async function settle(folder: string, { options, place }: FinishInput): Promise<void> {
  const description = await readDescription(folder);
  if (!description?.rescans?.some(isDue)) return;
  let session: SessionWriter;
  try {
    session = await SessionWriter.reopen(folder, description);
  } catch (error) {
    // The monitor that has it open adds them.
    if (error instanceof RecordingFault && error.code === 'busy') return;
    throw error;
  }
  const journal = new SessionJournal(folder, { fault: () => {} });
  try {
    const found = place ?? placeByRegistration((await ownOptions(folder, options)).edges);
    for (const note of await settleRescans(session, found)) journal.note('rescan', note);
  } finally {
    await journal.close();
    await session.close();
  }
}

async function finish(folder: string, analysis: AnalysisOptions, signal: AbortSignal): Promise<boolean> {
  const monitor = new Monitor({ analysis, version: VERSION });
  try {
    await monitor.follow(sessionSource(folder), signal);
    await Promise.race([monitor.settled(), interruption(signal)]);
    const { run } = monitor;
    if (signal.aborted || (run?.status !== 'complete' && run?.status !== 'aborted')) return false;
    await keepResults(folder, run, VERSION);
    await noteFinal(folder, run);
    return true;
  } finally {
    await monitor.close();
  }
}
