import { access, lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../protocol/index.ts';

/** Names under which files are written before they take their own. */
export const draftOf = (path: string): string => join(dirname(path), `.${basename(path)}.part`);

export interface DraftOptions {
  /** Replace what is there. */
  force?: boolean;
}

/**
 * Writes a file or folder under another name and gives it its own when it is whole: whatever interrupts that, what was there before
 * stays.
 * @param write writes what is to be `path` at the path it is given, where nothing is
 * @throws InputError when there is something already and `force` is not set, or something that no export wrote
 */
export async function writeWhole(
  path: string,
  options: DraftOptions,
  write: (draft: string) => Promise<void>,
): Promise<void> {
  await checkFree(path, options);
  const draft = draftOf(path);
  await rm(draft, { recursive: true, force: true });
  try {
    await write(draft);
    // A folder cannot be renamed over another one.
    if (await isFolder(path)) await rm(path, { recursive: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** @throws InputError when something is there that must not be replaced */
export async function checkFree(path: string, { force = false }: DraftOptions): Promise<void> {
  const folder = dirname(path);
  await access(folder).catch((cause) => {
    throw new InputError(path, '--to', `expected a name in a folder that is there, found no ${folder}`, {
      cause,
    });
  });
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!force)
    throw new InputError(path, '--to', 'expected a name that is free; --force replaces what is there');
  // Nobody's home is to go because it has a name like that.
  if (found.isDirectory() && !(await readdir(path)).includes('.zgroup'))
    throw new InputError(path, '--to', 'expected a Zarr folder to replace, found another folder');
}

const isFolder = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;
