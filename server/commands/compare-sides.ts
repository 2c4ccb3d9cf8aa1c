import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type ComparedSide, InputError } from '../../protocol/index.ts';
import type { Side } from '../comparison/side.ts';
import { type Options, UsageError } from '../config.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { readResults } from '../results-reader.ts';
import { hasResults } from '../sessions/has-results.ts';
import { ownFolder } from '../sessions/own-folder.ts';
import { readDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { sessionSource } from '../sources/file-sessions/session-source.ts';
import { watchPath } from '../sources/folders/directory.ts';
import type { Source } from '../sources/source.ts';
import { analyseInto } from './analyse.ts';
import { analysisGiven, fileOptions } from './analysis-options.ts';
import { sessionOptions } from './options-of-session.ts';

/** What one side of a comparison is, and how its maps come about. */
export interface SidePlan {
  path: string;
  kind: ComparedSide['kind'];
  how: string;
  /** Folder of maps that are there; absent where the side is to be analysed. */
  stored?: string;
  analysis?: { source: Source; options: Options };
}

/**
 * Decides what is compared. Maps that are stored are taken as they are. Options of the analysis are for what has to be analysed:
 * files, and B where it is a session; without options a session is as it was recorded.
 * @throws InputError when a path is nothing that can be compared, UsageError when options would be for nothing
 */
export async function planSides(a: string, b: string, options: Options): Promise<[SidePlan, SidePlan]> {
  const given = analysisGiven(options);
  const ofSessions = Object.fromEntries(Object.entries(given).filter(([name]) => !OF_FILES.includes(name)));
  const plans: [SidePlan, SidePlan] = [
    await planSide(a, options, {}),
    await planSide(b, options, ofSessions),
  ];
  const hasFile = plans.some(({ kind }) => kind === 'file');
  const isUsed = hasFile || plans[1].kind === 'session';
  const [first] = Object.keys(given);
  if (first !== undefined && !isUsed)
    throw new UsageError(`compare: --${first} is for what is analysed, and B is stored: ${b}`);
  const ofFile = OF_FILES.find((name) => given[name] !== undefined);
  if (ofFile !== undefined && !hasFile)
    throw new UsageError(`compare: --${ofFile} is for files of scans, and none is compared`);
  if (plans[0].kind === 'file' && plans[1].kind === 'file' && resolve(a) === resolve(b))
    throw new UsageError(
      'compare: both are the same file, analysed with the same options; analyse it twice with --out, and compare the results',
    );
  return plans;
}

/** Options that say what the file has wrong. */
const OF_FILES = ['energy', 'shape', 'rows', 'image'];

/** @param given options for a session; none: as it was recorded */
async function planSide(path: string, options: Options, given: Record<string, unknown>): Promise<SidePlan> {
  const found = await stat(path).catch(() => undefined);
  if (!found) throw new InputError(path, 'file', 'expected to exist');
  if (!found.isDirectory()) {
    const source = watchPath(path, { once: true, ...fileOptions(options) });
    return {
      path,
      kind: 'file',
      how: howText(analysisGiven(options), 'the defaults'),
      analysis: { source, options },
    };
  }
  if (await readDescription(path)) return planSession(path, given);
  if ((await ownFolder(path)) === undefined)
    throw new InputError(path, 'folder', 'expected a session, results, or a file of a scan');
  return { path, kind: 'results', how: 'as stored', stored: path };
}

async function planSession(path: string, given: Record<string, unknown>): Promise<SidePlan> {
  const { results } = sessionFiles(path);
  const isStored = await hasResults(path);
  if (isStored && Object.keys(given).length === 0)
    return { path, kind: 'session', how: 'as recorded', stored: results };
  const analysis = { source: sessionSource(path), options: await sessionOptions(path, given) };
  return { path, kind: 'session', how: howText(given, 'the options of its recording'), analysis };
}

function howText(given: Record<string, unknown>, otherwise: string): string {
  const options = Object.entries(given).map(([name, value]) => `--${name} ${String(value)}`);
  return `analysed with ${options.join(' ') || otherwise}`;
}

/**
 * Has the maps of a side.
 * @param folder takes them where they are to be made
 * @throws Error when not all of them could be made
 */
export async function readSide(plan: SidePlan, folder: string, signal: AbortSignal): Promise<Side> {
  if (plan.analysis) {
    await makeFolder(folder);
    await analyseInto(folder, plan.analysis.source, plan.analysis.options, signal);
  }
  const results = await readResults(plan.stored ?? folder);
  const { scan, version } = results.summary;
  const { name, pixelSizeNm, simulated } = scan;
  return {
    results,
    said: {
      path: plan.path,
      kind: plan.kind,
      how: plan.how,
      scan: {
        name,
        shape: [...results.shape],
        ...(simulated !== undefined && { simulated }),
        ...(pixelSizeNm != null && { pixelSizeNm }),
      },
      version,
    },
  };
}
