import { basename } from 'node:path';
import type { Options } from '../config.ts';
import { checkFolder, checkFree } from '../exporting/draft.ts';
import { exportScan, exportSuffix } from '../exporting/export-scan.ts';
import { openExportable } from '../exporting/open-exportable.ts';
import { planFormatOf } from '../planning/plan-formats.ts';
import { Console } from './console.ts';
import { exportPlan } from './export-plan.ts';
import { unlessInterrupted } from './interruption.ts';

/** Suffixes of formats in which one looks for counts. */
const HOLD_COUNTS = ['.hspy', '.zspy'];

/** Each has a name of its own, for which that of `--to` is a stem. */
const PICTURES = '.png';

/**
 * `eelwatch export <session|results|file> --to F`
 * @throws InputError when there is nothing to read or F is taken
 */
export async function exportCommand(path: string, options: Options, signal: AbortSignal): Promise<number> {
  const { to, force } = options;
  if (to === undefined) throw new RangeError('export without --to');
  const terminal = new Console(options);
  if (planFormatOf(basename(to))) {
    await exportPlan(path, to, options);
    terminal.event('written', { files: [to] });
    return 0;
  }
  const suffix = exportSuffix(to);
  // A large file takes minutes to read.
  await checkFolder(to);
  if (suffix !== PICTURES) await checkFree(to, { force });
  const content = await unlessInterrupted(openExportable(path), signal).catch(refused(path, signal));
  try {
    const notes = [...content.notes];
    if (!content.counts && HOLD_COUNTS.includes(suffix))
      notes.push('results hold maps and no spectra of pixels: export the session or the file for these');
    const files = await exportScan(content, to, {
      force,
      signal,
      progress: (done, total) => terminal.written(done, total),
    });
    for (const note of notes)
      terminal.alert({ id: 'export', severity: 'warning', message: note, at: Date.now() });
    if (options.json || files.length <= 4) terminal.event('written', { files });
    else
      terminal.event('written', {
        files: `${files.length} files, ${files[0]} to ${files[files.length - 1]}`,
      });
    return 0;
  } catch (error) {
    return refused(path, signal)(error);
  } finally {
    await content.close();
  }
}

const refused =
  (path: string, signal: AbortSignal) =>
  (error: unknown): never => {
    throw signal.aborted ? new Error(`${path}: interrupted, nothing was written`) : error;
  };
