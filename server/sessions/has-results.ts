import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionFiles } from './session-files.ts';

/** Whether a session has final maps. */
export const hasResults = (folder: string): Promise<boolean> =>
  stat(join(sessionFiles(folder).results, 'summary.json')).then(
    () => true,
    () => false,
  );
