import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { type Options, UsageError } from '../config.ts';
import { isWithin } from '../formats/files/is-within.ts';
import { formatOf } from '../formats/formats.ts';
import { FileRecorder } from '../sources/file-sessions/file-recorder.ts';
import { watchPath } from '../sources/folders/directory.ts';
import { withRescans } from '../sources/rescans/with-rescans.ts';
import type { Source } from '../sources/source.ts';
import { fileOptions, folderOptions } from './analysis-options.ts';
import { DEFAULT_RECORD_FOLDER, recordingOf } from './recording.ts';
import { serve } from './serve.ts';

/** `eelwatch watch <file|directory>` */
export async function watch(path: string, options: Options, signal: AbortSignal): Promise<number> {
  const open = fileOptions(options);
  const source = watchPath(path, { poll: options.poll, ...folderOptions(options), ...open });
  if (options['no-record'] && options['record-counts'])
    throw new UsageError('watch: expected one of --no-record and --record-counts');
  if (options.rescan.length > 0 && (await isFolder(path)))
    throw new UsageError('watch: expected a file to go with --rescan, found a folder');
  const { edges, rescan } = options;
  const rescanned = (scans: Source) => withRescans(scans, rescan, { open, strict: false, edges });
  if (options['no-record']) return serve({ source: rescanned(source), options, signal });
  if (options.record === undefined && (await liesWithin(resolve(DEFAULT_RECORD_FOLDER), path))) {
    const notice = `Nothing is recorded: ${resolve(DEFAULT_RECORD_FOLDER)} would lie in the watched folder; give --record <folder>, or --no-record`;
    return serve({ source: rescanned(source), options, signal, notice });
  }
  const { store, temporary, notice, close } = await recordingOf(options);
  // A session that is removed in the end is of no use to a scan that stays in its files.
  if (temporary) {
    close();
    return serve({ source: rescanned(source), options, signal, ...(notice !== undefined && { notice }) });
  }
  const recorder = new FileRecorder(rescanned(source), {
    store,
    options: open,
    copies: options['record-counts'],
  });
  return serve({ source: recorder, options, signal, store, finishAfter: recorder.opened });
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true && !formatOf(path)?.isFolder;

/** Whether a folder, which need not exist, is that of a watched path or lies somewhere in it, links followed. */
async function liesWithin(folder: string, watched: string): Promise<boolean> {
  const target = resolve(watched);
  const isFolder = (await stat(target).catch(() => undefined))?.isDirectory() ?? false;
  const outer = await realFolder(isFolder ? target : dirname(target));
  return isWithin(outer, await realFolder(folder));
}

/** The path without links, as far as it exists. */
async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    const above = dirname(folder);
    return above === folder ? folder : join(await realFolder(above), basename(folder));
  }
}
