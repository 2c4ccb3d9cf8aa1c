import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { workerScript } from '../built-file.ts';
import { EXPORT_SUFFIXES } from '../exporting/export-scan.ts';
import type { ExportContent } from '../exporting/exportable.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import type { ExportReport, ExportTask } from './export-task.ts';
import { liveContent } from './live-content.ts';

/** Formats by the names they have in addresses. */
const FORMATS = EXPORT_SUFFIXES.map((suffix) => suffix.slice(1));

const refused = (status: number, error: string): Response => Response.json({ error }, { status });

/**
 * Writes the scan on show for those who download it: by a thread of its own that gives way to the analysis, one at a time, into a
 * temporary folder that goes with the answer.
 */
export class Exports {
  readonly #state: LiveState;
  #isBusy = false;

  constructor(state: LiveState) {
    this.#state = state;
  }

  /** @param signal of the request: nobody waits any more */
  async respond(format: string, signal: AbortSignal): Promise<Response> {
    if (!FORMATS.includes(format))
      return refused(404, `format: expected one of ${FORMATS.join(', ')}, found "${format}"`);
    const content = liveContent(this.#state);
    if (!content) return refused(404, 'scan: none has begun yet');
    if (this.#isBusy) return refused(503, 'export: another one is being written; ask again when it is done');
    this.#isBusy = true;
    const report = await this.#write(content, `.${format}`, signal).finally(() => {
      this.#isBusy = false;
    });
    return 'error' in report ? refused(422, report.error) : download(report);
  }

  async #write(
    content: ExportContent,
    suffix: string,
    signal: AbortSignal,
  ): Promise<{ path: string; folder: string } | { error: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'eelwatch-export-'));
    try {
      const report = await inThread({ content, name: fileName(content.scan.name), suffix, folder }, signal);
      if ('path' in report) return { path: report.path, folder };
      await remove(folder);
      return report;
    } catch (error) {
      await remove(folder);
      throw error;
    }
  }
}

const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** Resolves when the thread has said what became of the task. */
function inThread(task: ExportTask, signal: AbortSignal): Promise<ExportReport> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerScript('export-worker'), { workerData: task });
    const stop = () => void worker.terminate();
    signal.addEventListener('abort', stop);
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', () => {
      signal.removeEventListener('abort', stop);
      resolve({ error: 'export: the writing thread has ended' });
    });
  });
}

/** The folder goes once the file has been sent, or nobody takes it any more. */
async function download({ path, folder }: { path: string; folder: string }): Promise<Response> {
  const { size } = await stat(path);
  const file = createReadStream(path);
  file.on('close', () => void remove(folder));
  return new Response(Readable.toWeb(file) as ReadableStream, {
    headers: {
      'Content-Type': path.endsWith('.zip') ? 'application/zip' : 'application/x-hdf5',
      'Content-Length': String(size),
      'Content-Disposition': dispositionOf(basename(path)),
      'Cache-Control': 'no-store',
    },
  });
}

/** In ASCII for programs that know no more, and as it is. */
const dispositionOf = (name: string): string =>
  `attachment; filename="${name.replaceAll(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(name)}`;

/** A name that every file system takes. */
const fileName = (name: string): string =>
  name
    .replaceAll(/[^\p{L}\p{N}._ -]+/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(0, 80) || 'scan';
