import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { formatOf } from '../formats/formats.ts';
import { openWholeScan } from '../formats/unpacking/unpack-all.ts';
import { readResults } from '../results-reader.ts';
import { readDescription } from '../sessions/session-description.ts';
import type { Exportable, ExportContent } from './exportable.ts';
import { fileContent } from './file-content.ts';
import { openContent } from './open-content.ts';
import { resultsContent } from './results-content.ts';
import { sessionContent } from './session-content.ts';

/**
 * Opens what is to be exported: a session's folder, a results folder of `analyse --out`, or a file of spectra.
 * @throws InputError when it is none of them, or cannot be read
 */
export const openExportable = async (path: string): Promise<Exportable> => openContent(await contentOf(path));

async function contentOf(path: string): Promise<ExportContent> {
  const found = await stat(path).catch((cause) => {
    throw new InputError(path, 'path', 'expected a session, a results folder or a file, found nothing', {
      cause,
    });
  });
  if (!found.isDirectory() || formatOf(path)?.isFolder) return fileContent(path, await openWholeScan(path));
  const description = await readDescription(path);
  if (description) return sessionContent(resolve(path), description);
  if (await isFile(join(path, 'summary.json'))) return resultsContent(await readResults(resolve(path)));
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
