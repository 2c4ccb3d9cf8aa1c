import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Options, UsageError } from '../config.ts';
import { keptResults } from '../replay/kept-results.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { sessionSource } from '../sources/session-source.ts';
import { analyseSource } from './analyse.ts';
import { analysisGiven } from './analysis-options.ts';
import { Console } from './console.ts';
import { sessionOptions } from './options-of-session.ts';
import { serve } from './serve.ts';
import { serveReplay } from './serve-replay.ts';

/**
 * `eelwatch replay <session>`: on a dashboard as it was shown, or with `--out` its results. With other options of the analysis than those of
 * the recording it is analysed again, from its counts.
 * @throws InputError when the folder is no session
 */
export async function replay(folder: string, options: Options, signal: AbortSignal): Promise<number> {
  const { speed, out, source } = options;
  const path = resolve(folder);
  if (out !== undefined && speed !== undefined && speed !== 'max')
    throw new UsageError('replay: expected --speed max with --out, which has no dashboard');
  // Who says where the counts are wants them read.
  const isAsRecorded = source === undefined && Object.keys(analysisGiven(options)).length === 0;
  if (isAsRecorded && out === undefined && existsSync(sessionFiles(path).pictures))
    return serveReplay(path, options, signal);
  if (isAsRecorded && out !== undefined && (await keptResults(path)) === 'as shown')
    return copyResults(path, out, options);
  const place = source === undefined ? {} : { source };
  const analysed = await sessionOptions(path, options.given);
  if (out !== undefined) return analyseSource(sessionSource(path, place), analysed, signal);
  return serve({ source: sessionSource(path, { speed: speed ?? 1, ...place }), options: analysed, signal });
}

async function copyResults(folder: string, out: string, options: Options): Promise<number> {
  await mkdir(out, { recursive: true });
  await cp(sessionFiles(folder).results, out, { recursive: true });
  new Console(options).event('written', { out });
  return 0;
}
