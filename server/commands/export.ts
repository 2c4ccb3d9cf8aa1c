import type { Options } from '../config.ts';
import { exportScan, exportSuffix } from '../exporting/export-scan.ts';
import { openExportable } from '../exporting/open-exportable.ts';
import { Console } from './console.ts';

/**
 * `eelwatch export <session|results|file> --to F`
 * @throws InputError when there is nothing to read or F is taken
 */
export async function exportCommand(path: string, options: Options, signal: AbortSignal): Promise<number> {
  const { to, force } = options;
  if (to === undefined) throw new RangeError('export without --to');
  exportSuffix(to);
  const terminal = new Console(options);
  const content = await openExportable(path);
  try {
    for (const note of content.notes)
      terminal.alert({ id: 'export', severity: 'warning', message: note, at: Date.now() });
    const files = await exportScan(content, to, {
      force,
      signal,
      progress: (done, total) => terminal.written(done, total),
    });
    terminal.event('written', { files });
    return 0;
  } catch (error) {
    if (signal.aborted) throw new Error(`${path}: interrupted, nothing was written`);
    throw error;
  } finally {
    await content.close();
  }
}
