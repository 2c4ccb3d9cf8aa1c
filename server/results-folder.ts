import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  EDGE_MAPS,
  InputError,
  type LayerKind,
  type MapSubject,
  PAIR_MAPS,
  resultPath,
  SCAN_MAPS,
} from '../protocol/index.ts';
import { filesOfCutReplacement, foreignResults, replaceFiles } from './replace-files.ts';
import { parseResultsSummary } from './results-summary.ts';
import { ownFolder } from './sessions/own-folder.ts';

/** Says that the results of a run are there, all of them. */
export const SUMMARY = 'summary.json';
export const PLAN = 'plan.json';
export const PLAN_MASK = 'plan-mask.npy';
export const PAIRS = 'information';
/** Table of the phase map. */
export const PHASES = 'phases.json';

/** What an edge's folder holds besides its maps. */
export const CLASS_FILES = { centroids: 'centroids.npy', means: 'mean-spectra.npy', energy: 'energy.npy' };

/** Table of a pair of edges. */
export const pairTable = (a: string, b: string): string => `${PAIRS}/${a}~${b}.json`;

const paths = (kinds: readonly LayerKind[], subject?: MapSubject): string[] =>
  kinds.map((kind) => resultPath(kind, subject)).filter((path) => path !== undefined);

/** Files of the whole scan. */
const OF_SCAN = [SUMMARY, PLAN, PLAN_MASK, PHASES, ...paths(SCAN_MAPS)];

/**
 * Files of results that lie in a folder, as its summary names them, and those of a run that was cut off while it replaced them.
 * @param edges those whose results are to be written
 * @throws InputError where a file, or the folder of an edge, is in the way that no analysis wrote
 */
export async function earlierResults(folder: string, edges: readonly string[]): Promise<string[]> {
  const what = await ownFolder(folder);
  if (what === 'a recorded session')
    throw new InputError('--out', folder, `expected a folder for results, found ${what}; name another`);
  const text = await readFile(join(folder, SUMMARY), 'utf8').catch(() => undefined);
  if (text !== undefined) return filesOf(text, folder);
  const cut = await filesOfCutReplacement(folder);
  const present = await readdir(folder).catch(() => []);
  const ours = new Set([...OF_SCAN, PAIRS, ...edges]);
  const inTheWay = cut.length > 0 ? undefined : present.find((name) => ours.has(name));
  if (inTheWay !== undefined)
    throw new InputError(
      '--out',
      folder,
      `expected results with their ${SUMMARY}, or a folder without files of their names, found ${inTheWay} alone; remove it, or name another folder`,
    );
  return cut;
}

function filesOf(summaryText: string, folder: string): string[] {
  try {
    const { edges, information } = parseResultsSummary(JSON.parse(summaryText), join(folder, SUMMARY));
    return [
      ...OF_SCAN,
      ...Object.keys(edges).flatMap((edge) => [
        ...paths(EDGE_MAPS, { edge }),
        ...Object.values(CLASS_FILES).map((file) => `${edge}/${file}`),
      ]),
      ...information.flatMap(({ a, b }) => [pairTable(a, b), ...paths(PAIR_MAPS, { pair: [a, b] })]),
    ];
  } catch (cause) {
    throw foreignResults(folder, SUMMARY, 'an analysis', cause);
  }
}

/**
 * Writes results into a folder in place of those of an earlier analysis, as a whole; what else lies there stays.
 * @param write writes them into the folder that it is given
 */
export async function replaceResults(
  folder: string,
  edges: readonly string[],
  write: (draft: string) => Promise<void>,
): Promise<void> {
  await replaceFiles(folder, { last: SUMMARY, earlier: await earlierResults(folder, edges) }, write);
}
