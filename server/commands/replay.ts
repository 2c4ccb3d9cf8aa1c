import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { resolve } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { type Options, UsageError } from '../config.ts';
import { keptResults } from '../replay/kept-results.ts';
import { replaceResults } from '../results-folder.ts';
import { readResults } from '../results-reader.ts';
import { readDescription, type SessionDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { sessionSource } from '../sources/file-sessions/session-source.ts';
import { VERSION } from '../version.ts';
import { analyseSource, resultsFolder } from './analyse.ts';
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
  const description = await readDescription(path);
  if (!description) throw new InputError(path, 'session.json', 'expected in the folder of a session');
  // Who says where the counts are wants them read.
  const isAsRecorded = source === undefined && Object.keys(analysisGiven(options)).length === 0;
  if (isAsRecorded && out === undefined && existsSync(sessionFiles(path).pictures))
    return serveReplay(path, options, signal);
  const kept = isAsRecorded && out !== undefined ? await keptResults(path) : 'none';
  if (kept === 'as shown') return copyResults(path, options);
  if (kept === 'others') warn(options, `${path}: its results are not the maps that were shown in the end`);
  sayVersion(description, options);
  const place = source === undefined ? {} : { source };
  const analysed = await sessionOptions(path, options.given);
  if (out !== undefined) return analyseSource(sessionSource(path, place), analysed, signal);
  return serve({ source: sessionSource(path, { speed: speed ?? 1, ...place }), options: analysed, signal });
}

async function copyResults(session: string, options: Options): Promise<number> {
  const { results } = sessionFiles(session);
  const out = await resultsFolder(options);
  try {
    const { summary } = await readResults(results);
    await replaceResults(out.path, Object.keys(summary.edges), (draft) =>
      cp(results, draft, { recursive: true }),
    );
  } finally {
    await out.removeIfEmpty();
  }
  new Console(options).event('written', { out: options.out });
  return 0;
}

/** Another version may find other maps in the same counts. */
function sayVersion({ program }: SessionDescription, options: Options): void {
  if (program.version === VERSION) return;
  warn(
    options,
    `recorded by eelwatch ${program.version}, analysed again by ${VERSION}: the maps may be others`,
  );
}

const warn = (options: Options, message: string): void =>
  new Console(options).alert({ id: 'replay', severity: 'warning', message, at: Date.now() });
