import { InputError } from '../../protocol/index.ts';
import type { OpenOptions, ScanFile } from '../formats/format.ts';
import { openScanFile } from '../formats/formats.ts';
import { Candidates } from './candidates.ts';
import { followScan } from './follow-scan.ts';
import type { SourceEvent } from './source.ts';

/** Nothing is waited for: what the files hold is all. */
const TIMES = { shrinkMs: 0, quietMs: 0, verifyMs: 0, stallMs: 0, abortMs: 0, settleMs: 0 };

/**
 * Reports a scan as far as its files reach at present, and ends. Of a folder the newest scan that can be opened.
 * @throws InputError when there is none
 */
export async function* readOnce(
  path: string,
  isFolder: boolean,
  options: OpenOptions,
): AsyncGenerator<SourceEvent> {
  const origin = isFolder ? await newestOf(path, options) : { path, file: await openScanFile(path, options) };
  const { file } = origin;
  const { scan, core, lowLoss } = file;
  const now = performance.now();
  const follower = await followScan(file, scan, TIMES, true, now, Number.POSITIVE_INFINITY);
  yield { type: 'scan', opening: { scan, core, ...(lowLoss && { lowLoss }), origin } };
  for (const { place, message } of file.faults ?? [])
    yield { type: 'alert', alert: { id: `companion:${place}`, severity: 'warning', message } };
  yield* follower.look(now);
  file.unpack?.core.close();
  file.unpack?.lowLoss?.close();
}

async function newestOf(folder: string, options: OpenOptions): Promise<{ path: string; file: ScanFile }> {
  const candidates = new Candidates(folder, undefined, 0);
  await candidates.refresh(0);
  let fault: unknown = new InputError(folder, 'folder', 'expected a scan in it, found none');
  for (const [index, { path }] of candidates.waiting().entries())
    try {
      return { path, file: await openScanFile(path, options) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      if (index === 0) fault = error;
    }
  throw fault;
}
