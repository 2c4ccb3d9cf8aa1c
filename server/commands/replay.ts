import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { checkOptions, type Options, UsageError } from '../config.ts';
import { keptResults } from '../replay/kept-results.ts';
import { readJournal } from '../sessions/journal-reader.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { sessionSource } from '../sources/session-source.ts';
import { analyseSource } from './analyse.ts';
import { analysisGiven } from './analysis-options.ts';
import { Console } from './console.ts';
import { serve } from './serve.ts';
import { serveReplay } from './serve-replay.ts';

/**
 * `eelwatch replay <session>`: on a dashboard as it was shown, or with `--out` its results. With other options of the analysis than those of
 * the recording it is analysed again, from its counts.
 * @throws InputError when the folder is no session
 */
export async function replay(folder: string, options: Options, signal: AbortSignal): Promise<number> {
  const { speed, out } = options;
  const path = resolve(folder);
  if (out !== undefined && speed !== undefined && speed !== 'max')
    throw new UsageError('replay: expected --speed max with --out, which has no dashboard');
  const isAsRecorded = Object.keys(analysisGiven(options)).length === 0;
  if (isAsRecorded && out === undefined && existsSync(sessionFiles(path).pictures))
    return serveReplay(path, options, signal);
  if (isAsRecorded && out !== undefined && (await keptResults(path)) === 'as shown')
    return copyResults(path, out, options);
  const analysed = checkOptions({ ...(await recordedOptions(path)), ...options.given });
  if (out !== undefined) return analyseSource(sessionSource(path), analysed, signal);
  return serve({ source: sessionSource(path, { speed: speed ?? 1 }), options: analysed, signal });
}

async function copyResults(folder: string, out: string, options: Options): Promise<number> {
  await mkdir(out, { recursive: true });
  await cp(sessionFiles(folder).results, out, { recursive: true });
  new Console(options).event('written', { out });
  return 0;
}

/** Options with which a session was recorded last. */
async function recordedOptions(folder: string): Promise<Record<string, unknown>> {
  const { records } = await readJournal(sessionFiles(folder).journal);
  const scan = records.findLast(({ topic }) => topic === 'scan');
  return scan?.topic === 'scan' ? scan.content.options : {};
}
