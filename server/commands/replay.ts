import { resolve } from 'node:path';
import { checkOptions, type Options, UsageError } from '../config.ts';
import { sessionSource } from '../sources/session-source.ts';
import { analyseSource } from './analyse.ts';
import { optionsOfSession } from './options-of-session.ts';
import { serve } from './serve.ts';

/**
 * `eelwatch replay <session>`: on a dashboard, as if live, or with `--out` headless. Options that are not given are those of the recording.
 * @throws InputError when the folder is no session
 */
export async function replay(folder: string, options: Options, signal: AbortSignal): Promise<number> {
  const { speed, out, source } = options;
  const path = resolve(folder);
  if (out !== undefined && speed !== undefined && speed !== 'max')
    throw new UsageError('replay: expected --speed max with --out, which has no dashboard');
  const asRecorded = checkOptions({ ...(await optionsOfSession(path)), ...options.given });
  const place = source === undefined ? {} : { source };
  if (out !== undefined) return analyseSource(sessionSource(path, place), asRecorded, signal);
  const replayed = sessionSource(path, { speed: speed ?? 1, ...place });
  return serve({ source: replayed, options: asRecorded, signal });
}
