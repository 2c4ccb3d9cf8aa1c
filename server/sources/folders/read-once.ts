import { InputError, pixelCount } from '../../../protocol/index.ts';
import { withStamps } from '../../formats/files/with-stamps.ts';
import type { OpenOptions, ScanFile } from '../../formats/format.ts';
import { openScanFile } from '../../formats/formats.ts';
import { ReadFault, readFault } from '../../formats/reading/read-fault.ts';
import { PlainImageError } from '../../formats/signals/plain-image.ts';
import { followScan } from '../growing/follow-scan.ts';
import type { Outcome } from '../growing/follow-times.ts';
import type { SourceEvent } from '../source.ts';
import { Candidates } from './candidates.ts';
import { FolderFinder } from './folder-finder.ts';
import { checkReachable } from './reachable-files.ts';
import { skipAlert } from './skip-alert.ts';
import { DEFAULT_DEPTH } from './watch-times.ts';

/** Nothing is waited for: what the files hold is all. */
const TIMES = { shrinkMs: 0, quietMs: 0, verifyMs: 0, stallMs: 0, abortMs: 0, settleMs: 0 };

/** How a folder is looked through, and what the operator knows better than the file. */
export interface OnceOptions extends OpenOptions {
  depth?: number;
  followLinks?: boolean;
}

/**
 * Reports a scan as far as its files reach at present, and ends. Of a folder the newest scan that can be opened.
 * @throws InputError when there is none
 */
export async function* readOnce(
  path: string,
  isFolder: boolean,
  options: OnceOptions,
): AsyncGenerator<SourceEvent> {
  const found = isFolder ? await newestOf(path, options) : { path, file: await openScanFile(path, options) };
  const file = await withStamps(found.file);
  const origin = { path: found.path, file };
  const { scan, core, lowLoss } = file;
  const now = performance.now();
  const follower = await followScan(file, scan, TIMES, true, now, Number.POSITIVE_INFINITY);
  yield { type: 'scan', opening: { scan, core, ...(lowLoss && { lowLoss }), origin } };
  for (const { place, message } of file.faults ?? [])
    yield { type: 'alert', alert: { id: `companion:${place}`, severity: 'warning', message } };
  let outcome: Outcome;
  try {
    outcome = yield* follower.look(now);
  } catch (error) {
    throw readFault(error, origin.path);
  }
  if (outcome !== 'goes on')
    throw new ReadFault(
      outcome === 'absent' ? 'gone' : 'changed',
      origin.path,
      `expected to stay while it is read, found it ${outcome === 'absent' ? 'gone' : 'written anew'}`,
    );
  file.unpack?.core.close();
  file.unpack?.lowLoss?.close();
}

/** The newest image, or the newest spectrum where there is none. */
async function newestOf(folder: string, options: OnceOptions): Promise<{ path: string; file: ScanFile }> {
  const { depth = DEFAULT_DEPTH, followLinks = false } = options;
  const finder = new FolderFinder(folder, { depth, followLinks, poll: true, pollMs: 1000 });
  const candidates = new Candidates(finder, undefined, 0);
  try {
    await finder.start();
    await candidates.refresh(0);
  } finally {
    await finder.close();
  }
  let fault: InputError | undefined;
  let single: { path: string; file: ScanFile } | undefined;
  for (const { path } of candidates.waiting())
    try {
      const file = await openScanFile(path, options);
      await checkReachable(path, file, followLinks ? undefined : folder);
      if (pixelCount(file.scan) > 1) return { path, file };
      single ??= { path, file };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (!fault || fault instanceof PlainImageError) fault = error;
    }
  if (single) return single;
  const [[path, reason] = []] = finder.skipped;
  if (!fault && path !== undefined && reason !== undefined)
    throw new InputError(
      folder,
      'folder',
      `expected a scan in it, found none: ${skipAlert(path, reason).message}`,
    );
  throw fault ?? new InputError(folder, 'folder', 'expected a scan in it, found none');
}
