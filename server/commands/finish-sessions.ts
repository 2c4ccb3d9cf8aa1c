import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Monitor } from '../pipeline/monitor.ts';
import type { AnalysisOptions } from '../pipeline/options.ts';
import { keepResults } from '../results.ts';
import { RecordingFault } from '../sessions/recording-fault.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { SessionLock } from '../sessions/session-lock.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import { sessionSource } from '../sources/session-source.ts';
import { VERSION } from '../version.ts';

/**
 * Makes the final maps of scans that had ended when an earlier run of the monitor was cut off, one after the other.
 * @param done called for every session that has its results now
 */
export async function finishSessions(
  store: SessionStore,
  analysis: AnalysisOptions,
  signal: AbortSignal,
  done: (folder: string) => void,
): Promise<void> {
  for (const { folder, description } of await store.list()) {
    if (signal.aborted) return;
    const isFinished = existsSync(join(sessionFiles(folder).results, 'summary.json'));
    if (description.ended === undefined || isFinished) continue;
    let lock: SessionLock;
    try {
      lock = await SessionLock.take(folder);
    } catch (error) {
      if (error instanceof RecordingFault) continue;
      throw error;
    }
    try {
      if (await finish(folder, { ...analysis, live: false }, signal)) done(folder);
    } finally {
      lock.release();
    }
  }
}

async function finish(folder: string, analysis: AnalysisOptions, signal: AbortSignal): Promise<boolean> {
  const monitor = new Monitor({ analysis, version: VERSION });
  const interrupted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  try {
    await monitor.follow(sessionSource(folder), signal);
    await Promise.race([monitor.settled(), interrupted]);
    const { run } = monitor;
    if (signal.aborted || (run?.status !== 'complete' && run?.status !== 'aborted')) return false;
    await keepResults(folder, run, VERSION);
    return true;
  } finally {
    await monitor.close();
  }
}
