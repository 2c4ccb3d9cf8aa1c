import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { exportScan } from '../exporting/export-scan.ts';
import { openContent } from '../exporting/open-content.ts';
import { openExportable } from '../exporting/open-exportable.ts';
import { zipFolder } from '../exporting/zip.ts';
import { lowerThreadPriority } from '../pipeline/threads/lower-thread-priority.ts';
import type { ExportReport, ExportTask } from './export-task.ts';

lowerThreadPriority();
const { exported, name, suffix, folder } = workerData as ExportTask;
try {
  const opened =
    'session' in exported ? await openExportable(exported.session) : await openContent(exported.content);
  const files = join(folder, 'files');
  await mkdir(files);
  await exportScan(opened, join(files, `${name}${suffix}`)).finally(() => opened.close());
  let path = join(files, `${name}${suffix}`);
  if (suffix !== '.hspy') {
    path = join(folder, `${name}${suffix}.zip`);
    await zipFolder(files, path);
  }
  parentPort?.postMessage({ path } satisfies ExportReport);
} catch (error) {
  parentPort?.postMessage({
    error: error instanceof Error ? error.message : String(error),
  } satisfies ExportReport);
}
