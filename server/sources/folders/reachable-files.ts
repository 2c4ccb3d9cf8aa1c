import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import { isWithin } from '../../formats/files/is-within.ts';
import type { ScanFile } from '../../formats/format.ts';

/**
 * Refuses a scan some of whose files are pipes, sockets or devices, or lie outside the watched folder, reached by a link.
 * @param path the file that was opened; only files beside it are checked, not where samples were unpacked to
 * @param folder the watched folder; undefined where links may lead anywhere
 * @throws InputError naming the file
 */
export async function checkReachable(
  path: string,
  { core, lowLoss, lowLossFile, scalars }: ScanFile,
  folder: string | undefined,
): Promise<void> {
  const paths = [core, ...(lowLoss ? [lowLoss] : []), ...scalars.map(({ cube }) => cube)].flatMap(
    (cube) => cube.paths,
  );
  if (lowLossFile !== undefined) paths.push(lowLossFile);
  const outer = folder === undefined ? undefined : await realpath(folder);
  for (const each of paths) {
    if (dirname(each) !== dirname(path)) continue;
    const found = await stat(each).catch(() => undefined);
    if (!found) continue;
    if (!found.isFile() && each !== path)
      throw new InputError(each, 'file', 'expected a file, found something else');
    if (outer !== undefined && !isWithin(outer, await realpath(each)))
      throw new InputError(
        each,
        'file',
        'expected to lie in the watched folder, found a link that leads out of it (--follow-links follows it)',
      );
  }
}
