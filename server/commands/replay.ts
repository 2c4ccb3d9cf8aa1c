import { resolve } from 'node:path';
import { type Options, UsageError } from '../config.ts';
import { sessionSource } from '../sources/session-source.ts';
import { analyseSource } from './analyse.ts';
import { sessionOptions } from './analysis-options.ts';
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
  const asRecorded = await sessionOptions(path, options.given);
  if (out !== undefined) return analyseSource(sessionSource(path), asRecorded, signal);
  return serve({ source: sessionSource(path, { speed: speed ?? 1 }), options: asRecorded, signal });
}
