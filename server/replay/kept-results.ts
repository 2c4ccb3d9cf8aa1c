import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HASHED_MAPS, resultPath } from '../../protocol/index.ts';
import { decodeNpy } from '../formats/numpy/numpy.ts';
import { hasResults } from '../sessions/has-results.ts';
import { readJournal } from '../sessions/journal/journal-reader.ts';
import type { JournalContent } from '../sessions/journal/journal-records.ts';
import { sessionFiles } from '../sessions/session-files.ts';

/**
 * What becomes of the results in a session's folder when they are held against the final models in its journal: `none` where there are no
 * results, `others` where the maps are not those that were shown in the end.
 */
export async function keptResults(folder: string): Promise<'as shown' | 'others' | 'none'> {
  const files = sessionFiles(folder);
  if (!(await hasResults(folder))) return 'none';
  const { records } = await readJournal(files.journal);
  const final = new Map<string, JournalContent<'revision'>>();
  for (const { topic, content } of records)
    if (topic === 'revision' && content.final) final.set(content.edge, content);
  for (const { edge, hash } of final.values())
    if ((await hashOf(files.results, edge)) !== hash) return 'others';
  return 'as shown';
}

async function hashOf(results: string, edge: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for (const map of HASHED_MAPS) {
      const { data } = decodeNpy(await readFile(join(results, resultPath(map, { edge }) ?? map)));
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  } catch {
    return undefined;
  }
  return hash.digest('hex');
}
