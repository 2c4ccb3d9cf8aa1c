import { createReadStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { workerScript } from '../built-file.ts';
import { EXPORT_SUFFIXES } from '../exporting/export-scan.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import { fileName } from '../sessions/session-files.ts';
import { dispositionOf } from './disposition.ts';
import type { Exported, ExportReport, ExportTask } from './export-task.ts';
import { liveContent } from './live-content.ts';

/** Of a file, characters. */
const MOST_NAME = 80;
/** Formats by the names they have in addresses. */
const FORMATS = EXPORT_SUFFIXES.map((suffix) => suffix.slice(1));

const refused = (status: number, error: string): Response => Response.json({ error }, { status });

/** Why a format cannot be had; undefined for one that can. */
const unknownFormat = (format: string): Response | undefined =>
  FORMATS.includes(format)
    ? undefined
    : refused(404, `format: expected one of ${FORMATS.join(', ')}, found "${format}"`);

/**
 * Writes scans for those who download them: by a thread of its own that gives way to the analysis, one at a time, into a
 * temporary folder that goes with the answer.
 */
export class Exports {
  #isBusy = false;

  /** The scan that is on show, as it is now. */
  async ofShown(state: LiveState, format: string, signal: AbortSignal): Promise<Response> {
    const content = liveContent(state);
    if (!content) return unknownFormat(format) ?? refused(404, 'scan: none has begun yet');
    return this.#respond({ content }, content.scan.name, format, signal);
  }

  /**
   * A recorded scan, with its final maps where it has them.
   * @param session its folder
   * @param name of the file, without its suffix
   */
  ofSession(session: string, name: string, format: string, signal: AbortSignal): Promise<Response> {
    return this.#respond({ session }, name, format, signal);
  }

  /** @param signal of the request: nobody waits any more */
  async #respond(exported: Exported, name: string, format: string, signal: AbortSignal): Promise<Response> {
    const unknown = unknownFormat(format);
    if (unknown) return unknown;
    if (this.#isBusy) return refused(503, 'export: another one is being written; ask again when it is done');
    this.#isBusy = true;
    const task = { exported, name: fileName(name, MOST_NAME), suffix: `.${format}` };
    const report = await this.#write(task, signal).finally(() => {
      this.#isBusy = false;
    });
    return 'error' in report ? refused(422, report.error) : download(report);
  }

  async #write(
    task: Omit<ExportTask, 'folder'>,
    signal: AbortSignal,
  ): Promise<{ path: string; folder: string } | { error: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'eelwatch-export-'));
    try {
      const report = await inThread({ ...task, folder }, signal);
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
    },
  });
}
