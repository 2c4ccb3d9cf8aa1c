import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { EDGE_NAME } from '../../protocol/index.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { encodeNpy } from '../formats/numpy/numpy.ts';
import { filesOfCutReplacement, foreignResults, replaceFiles } from '../replace-files.ts';
import type { ComparedResults } from './compare-results.ts';

const FIGURES = 'compare.json';
/** Quantities of the scan and of each edge that have a map of differences. */
const OF_SCAN = ['counts', 'thickness'];
const OF_EDGE = ['intensity', 'snr', 'classes'];

const fileOf = (name: string): string => `${name}-difference.npy`;

/** What is relied on of an earlier `compare.json`. */
const EARLIER = v.looseObject({
  edges: v.array(v.looseObject({ edge: v.pipe(v.string(), v.regex(EDGE_NAME)) })),
  maps: v.array(v.unknown()),
});

/**
 * Files of an earlier comparison in a folder.
 * @throws InputError where its `compare.json` is of something else
 */
export async function earlierComparison(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, FIGURES), 'utf8').catch(() => undefined);
  if (text === undefined) return filesOfCutReplacement(folder);
  try {
    const { edges } = v.parse(EARLIER, JSON.parse(text));
    const names = [...OF_SCAN, ...edges.flatMap(({ edge }) => OF_EDGE.map((kind) => `${edge}/${kind}`))];
    return [FIGURES, ...names.map(fileOf)];
  } catch (cause) {
    throw foreignResults(folder, FIGURES, 'a comparison', cause);
  }
}

/**
 * Writes `compare.json` and the maps of differences: `counts-difference.npy`, `thickness-difference.npy`, and per edge
 * `intensity-difference.npy`, `snr-difference.npy` and `classes-difference.npy` (0 the same class or absent in both, 0.5 present in one
 * alone, 1 another class), f32 (y, x), NaN where either has not measured. They replace those of an earlier comparison as a whole.
 */
export async function writeComparison(
  directory: string,
  { comparison, differences }: ComparedResults,
): Promise<void> {
  const { shape } = comparison.a.scan;
  const earlier = await earlierComparison(directory);
  await replaceFiles(directory, { last: FIGURES, earlier }, async (draft) => {
    for (const [name, map] of differences) {
      const path = join(draft, fileOf(name));
      await makeFolder(dirname(path));
      await writeFile(path, encodeNpy(map, shape));
    }
    await writeFile(join(draft, FIGURES), `${JSON.stringify(comparison, undefined, 2)}\n`);
  });
}
