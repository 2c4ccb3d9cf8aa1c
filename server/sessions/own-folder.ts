import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SESSION_FILE } from './session-files.ts';

/** Files that eelwatch writes into folders of its own, with what they are. */
const SIGNS = {
  [SESSION_FILE]: 'a recorded session',
  'summary.json': 'the results of an analysis',
  'truth.json': 'the truth of a simulated scan',
};

/**
 * What a folder is, where eelwatch made it: such folders are no input, since what lies in them are not the scans of a microscope.
 * @returns undefined for any other folder
 */
export async function ownFolder(folder: string): Promise<string | undefined> {
  for (const [file, what] of Object.entries(SIGNS)) {
    const content = await readFile(join(folder, file), 'utf8').catch(() => '');
    if (content === '') continue;
    try {
      const { program } = JSON.parse(content) as { program?: string | { name?: string } };
      if (program === 'eelwatch' || (typeof program === 'object' && program?.name === 'eelwatch'))
        return what;
    } catch {
      // Somebody else's file of that name.
    }
  }
  return undefined;
}
