import { InputError, pixelCount } from '../../../protocol/index.ts';
import { stampOf } from '../../formats/files/file-stamp.ts';
import { SessionJournal } from '../../sessions/journal/session-journal.ts';
import { isRecorded } from '../../sessions/session-check.ts';
import { holdsCounts, readDescription } from '../../sessions/session-description.ts';
import type { SessionStore, StoredSession } from '../../sessions/session-store.ts';
import { watchPath } from '../folders/directory.ts';
import { FileRecorder } from './file-recorder.ts';
import { openAsItIs } from './source-counts.ts';

/** Files that were not written for this long hold all that there will be, complete or not: as long as a scan is waited for. */
const REST_MS = 60_000;
/** … and those of full size, which may have had that from the start, after this long. */
const WHOLE_REST_MS = 10_000;

/**
 * Reads the rest of a scan whose session an earlier run of the monitor left open, and ends the session, when the scan has ended in its files:
 * all of it is there and lies still, or nothing was written for a minute. Where the files are gone it is left as it is.
 * @returns false where the files may still be written, and nobody records them: it is to be tried again
 */
export async function closeFileSession(
  { folder, description }: StoredSession,
  store: SessionStore,
  signal: AbortSignal,
): Promise<boolean> {
  const { files, scan } = description;
  const path = files?.list[0].path;
  if (!files || path === undefined || (await isRecorded(folder))) return true;
  try {
    const restMs = await restOf(files.list.map((file) => file.path));
    const isOver = restMs >= REST_MS || (restMs >= WHOLE_REST_MS && (await isComplete(path, description)));
    if (!isOver) return false;
    const source = watchPath(path, { once: true, ...files.options });
    const copies = holdsCounts(description);
    for await (const _ of new FileRecorder(source, { store, options: files.options, copies }).events(signal));
  } catch (error) {
    if (error instanceof InputError) return true;
    throw error;
  }
  const now = await readDescription(folder);
  if (now?.ended === undefined || !now.files || now.status === 'open') return true;
  const journal = new SessionJournal(folder, { fault: () => {} });
  const { acquired } = now.files;
  journal.note('end', {
    status: now.status === 'complete' ? 'complete' : 'aborted',
    spectra: acquired.reduce((sum, pixels) => sum + pixels, 0),
    missing: pixelCount(scan) - Math.max(...acquired),
  });
  await journal.close();
  return true;
}

/** ms since one of the files was last written. */
async function restOf(paths: string[]): Promise<number> {
  let newest = Number.NEGATIVE_INFINITY;
  for (const path of paths) {
    const stamp = await stampOf(path);
    if (stamp) newest = Math.max(newest, Number(stamp.mtimeNs / 1_000_000n));
  }
  return Date.now() - newest;
}

async function isComplete(path: string, { files, scan }: StoredSession['description']): Promise<boolean> {
  const { acquired } = await openAsItIs(path, files?.options);
  return acquired.every((pixels) => pixels === pixelCount(scan));
}
