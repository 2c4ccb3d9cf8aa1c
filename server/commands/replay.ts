import { resolve } from 'node:path';
import { checkOptions, type Options, UsageError } from '../config.ts';
import { readJournal } from '../sessions/journal-reader.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { sessionSource } from '../sources/session-source.ts';
import { analyseSource } from './analyse.ts';
import { serve } from './serve.ts';

/**
 * `eelwatch replay <session>`: on a dashboard, as if live, or with `--out` headless. Options that are not given are those of the recording.
 * @throws InputError when the folder is no session
 */
export async function replay(folder: string, options: Options, signal: AbortSignal): Promise<number> {
  const { speed, out } = options;
  const path = resolve(folder);
  if (out !== undefined && speed !== undefined && speed !== 'max')
    throw new UsageError('replay: expected --speed max with --out, which has no dashboard');
  const asRecorded = checkOptions({ ...(await recordedOptions(path)), ...options.given });
  if (out !== undefined) return analyseSource(sessionSource(path), asRecorded, signal);
  return serve({ source: sessionSource(path, { speed: speed ?? 1 }), options: asRecorded, signal });
}

/** Options with which a session was recorded last. */
async function recordedOptions(folder: string): Promise<Record<string, unknown>> {
  const { records } = await readJournal(sessionFiles(folder).journal);
  const scan = records.findLast(({ topic }) => topic === 'scan');
  return scan?.topic === 'scan' ? scan.content.options : {};
}
