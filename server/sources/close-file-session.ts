import { InputError, pixelCount } from '../../protocol/index.ts';
import { openScanFile } from '../formats/formats.ts';
import { readDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { SessionJournal } from '../sessions/session-journal.ts';
import type { SessionStore, StoredSession } from '../sessions/session-store.ts';
import { watchPath } from './directory.ts';
import { FileRecorder } from './file-recorder.ts';
import { stampOf } from './file-stamp.ts';
import { acquiredIn } from './source-counts.ts';

/** Files that were not written for this long hold all that there will be: as long as a scan is waited for. */
const REST_MS = 60_000;

/**
 * Reads the rest of a scan whose session an earlier run of the monitor left open, and ends the session, when the scan has ended in its files:
 * all of it is there, or nothing was written for a minute. Otherwise, and where the files are gone, it is left as it is.
 */
export async function closeFileSession(
  { folder, description }: StoredSession,
  store: SessionStore,
  signal: AbortSignal,
): Promise<void> {
  const { files, format, scan } = description;
  const path = files?.list[0].path;
  if (!files || path === undefined) return;
  try {
    if (!(await isAtRest(files.list.map((file) => file.path))) && !(await isComplete(path, description)))
      return;
    const source = watchPath(path, { once: true, ...files.options });
    const copies = format === 1;
    for await (const _ of new FileRecorder(source, { store, options: files.options, copies }).events(signal));
  } catch (error) {
    if (error instanceof InputError) return;
    throw error;
  }
  const now = await readDescription(folder);
  if (now?.ended === undefined || !now.files || now.status === 'open') return;
  const journal = new SessionJournal(sessionFiles(folder).journal, { fault: () => {} });
  const { acquired } = now.files;
  journal.note('end', {
    status: now.status === 'complete' ? 'complete' : 'aborted',
    spectra: acquired.reduce((sum, pixels) => sum + pixels, 0),
    missing: pixelCount(scan) - Math.max(...acquired),
  });
  await journal.close();
}

async function isAtRest(paths: string[]): Promise<boolean> {
  for (const path of paths) {
    const stamp = await stampOf(path);
    if (stamp && Date.now() - Number(stamp.mtimeNs / 1_000_000n) < REST_MS) return false;
  }
  return true;
}

async function isComplete(path: string, { files, scan }: StoredSession['description']): Promise<boolean> {
  const acquired = await acquiredIn(await openScanFile(path, files?.options));
  return acquired.every((pixels) => pixels === pixelCount(scan));
}
