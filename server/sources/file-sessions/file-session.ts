import type { OpenOptions } from '../../formats/format.ts';
import { FileSessionWriter } from '../../sessions/file-session-writer.ts';
import { hasResults } from '../../sessions/has-results.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import type { ScanDescription } from '../../sessions/scan-description.ts';
import {
  geometryDifference,
  holdsCounts,
  type SessionDescription,
} from '../../sessions/session-description.ts';
import type { SessionStore, StoredSession } from '../../sessions/session-store.ts';
import { SessionWriter } from '../../sessions/session-writer.ts';
import { differenceOf, givenOptions } from '../../sessions/source-files.ts';
import type { ScanOpening } from '../source.ts';
import { scanFiles } from './scan-files.ts';

/** Refers to the files, or holds a copy of their counts. */
export type FileSession = FileSessionWriter | SessionWriter;

export interface FileSessionInput {
  store: SessionStore;
  opening: ScanOpening & Required<Pick<ScanOpening, 'origin'>>;
  /** With which the files were opened. */
  options: OpenOptions;
  /** The counts are to be copied. */
  copies: boolean;
  /** What is watched, for people. */
  source: string;
}

export interface OpenedFileSession {
  folder: string;
  /** The scan was recorded to its end by an earlier run, and has its results. */
  isOver: boolean;
  /** Undefined where nothing is left to be written: of one that is over its checksums may be missing. */
  session?: FileSession;
}

/**
 * Opens the session of a scan that lies in files: the one in which the same file was recorded before, else a new one. The file is the same where
 * its path is, and what is known of its content. Others of that path that were left open are closed as aborted.
 * @throws RecordingFault `busy` where another monitor records it, or what the file system says
 */
export async function openFileSession(input: FileSessionInput): Promise<OpenedFileSession> {
  const { store, opening, options, copies, source } = input;
  const { scan, core, origin } = opening;
  const description: ScanDescription = { scan, order: core.order, pass: 0, passes: core.paths.length };
  for (const stored of await store.ofFile(origin.path)) {
    if (await isSameScan(stored.description, description, copies))
      return goOn(stored, description, stored.description.status === 'complete');
    if (stored.description.status === 'open') await store.abandon(stored);
  }
  const acquired = core.paths.map(() => 0);
  const files = {
    options: givenOptions(options),
    acquired,
    list: await scanFiles(origin, acquired),
  };
  const session = await store.openForFiles(description, source, files, copies);
  return { folder: session.folder, isOver: false, session };
}

async function goOn(
  stored: StoredSession,
  scan: ScanDescription,
  isComplete: boolean,
): Promise<OpenedFileSession> {
  const { folder, description } = stored;
  const isOver = isComplete && (await hasResults(folder));
  const isWhole = holdsCounts(description) || description.files?.list.every(({ sha256 }) => sha256);
  if (isOver && isWhole) return { folder, isOver };
  try {
    const session = holdsCounts(description)
      ? await SessionWriter.resume(folder, scan, description)
      : await FileSessionWriter.resume(folder, description);
    return { folder, isOver, session };
  } catch (error) {
    // Whoever has it open adds what is missing.
    if (isOver && error instanceof RecordingFault && error.code === 'busy') return { folder, isOver };
    throw error;
  }
}

/** Whether what is in the files is the scan of a session, as far as that went. */
async function isSameScan(
  known: SessionDescription,
  found: ScanDescription,
  copies: boolean,
): Promise<boolean> {
  if (!known.files || known.rewritten || (copies && !holdsCounts(known)) || geometryDifference(known, found))
    return false;
  const comparison = { mayGrow: known.status !== 'complete', thorough: false };
  for (const file of known.files.list) if (await differenceOf(file, file.path, comparison)) return false;
  return true;
}
