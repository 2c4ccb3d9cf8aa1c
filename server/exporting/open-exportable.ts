import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { openScanFile } from '../formats/formats.ts';
import { readResults } from '../results-reader.ts';
import { readDescription } from '../sessions/session-description.ts';
import type { Exportable } from './exportable.ts';
import { fileExportable } from './file-exportable.ts';
import { resultsExportable } from './results-exportable.ts';
import { sessionExportable } from './session-exportable.ts';

/**
 * Opens what is to be exported: a session's folder, a results folder of `analyse --out`, or a file of spectra.
 * @throws InputError when it is none of them, or cannot be read
 */
export async function openExportable(path: string): Promise<Exportable> {
  const found = await stat(path).catch((cause) => {
    throw new InputError(path, 'path', 'expected a session, a results folder or a file, found nothing', {
      cause,
    });
  });
  if (!found.isDirectory()) return fileExportable(path, await openScanFile(path));
  const description = await readDescription(path);
  if (description) return sessionExportable(resolve(path), description);
  if (await isFile(join(path, 'summary.json'))) return resultsExportable(await readResults(resolve(path)));
  throw new InputError(
    path,
    'folder',
    'expected a session (session.json) or results (summary.json), found neither',
  );
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
