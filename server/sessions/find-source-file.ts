import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import type { SessionDescription } from './session-description.ts';
import { differenceOf, type FileDifference, type SourceFile } from './source-files.ts';

/**
 * The file to be opened of those that a session refers to, where all of them are what they were: at the path that is known, else, by size
 * and checksum, under another name in the same folder, in that of the session, or in one of the two above it.
 * @param elsewhere where to look instead: the file that was opened, or its folder
 * @throws InputError naming the file and what differs, at the path that is known
 */
export async function findSourceFile(
  folder: string,
  { files, status }: Pick<SessionDescription, 'files' | 'status'>,
  elsewhere?: string,
): Promise<string> {
  const list = files?.list ?? [];
  const known = list[0];
  const mayGrow = status !== 'complete';
  const differs = async (path: string): Promise<{ path: string; difference: FileDifference } | undefined> => {
    for (const file of list) {
      const place = file === known ? path : companionPath(known, path, file);
      const difference = await differenceOf(file, place, { mayGrow, thorough: true });
      if (difference) return { path: place, difference };
    }
    return undefined;
  };
  const named = elsewhere === undefined ? known.path : resolve(elsewhere);
  const isFolder = (await stat(named).catch(() => undefined))?.isDirectory() ?? false;
  const first = isFolder ? join(named, basename(known.path)) : named;
  const fault = await differs(first);
  if (!fault) return first;
  const above = dirname(folder);
  const besides = [dirname(known.path), folder, above, dirname(above)];
  const folders = elsewhere === undefined ? besides : isFolder ? [named] : [];
  for (const place of new Set(folders))
    for (const name of await readdir(place).catch(() => [])) {
      const path = join(place, name);
      if (path === first || extname(name).toLowerCase() !== extname(known.path).toLowerCase()) continue;
      if (!(await differs(path))) return path;
    }
  const { field, message } = fault.difference;
  throw new InputError(fault.path, field, `${message}; --source names another place`);
}

/** Where a companion lies beside a scan that may have another name now. */
function companionPath(known: SourceFile, path: string, { path: companion }: SourceFile): string {
  const stem = basename(known.path, extname(known.path));
  const name = basename(companion);
  const renamed = name.startsWith(`${stem}.`)
    ? basename(path, extname(path)) + name.slice(stem.length)
    : name;
  return join(dirname(path), renamed);
}
