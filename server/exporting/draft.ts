import { access, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { probeFolder } from '../formats/files/probe-folder.ts';

export interface ExportOptions {
  /** Replace what is there. */
  force?: boolean;
  /** Interrupts: nothing is left behind then. */
  signal?: AbortSignal;
  /** Called with how much is done, and of how much (bytes or pixels). */
  progress?: (done: number, total: number) => void;
}

/**
 * Writes files (or folders) of one folder and gives them their places when all are whole: whatever interrupts the writing, what was
 * there before stays.
 * @param paths in the order in which they take their places
 * @param write writes each under its own name into the folder that it is given
 * @throws InputError when one is there already and `force` is not set, or is a folder that no export wrote
 */
export async function writeWhole(
  paths: readonly string[],
  options: ExportOptions,
  write: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(paths[0]);
  await checkFolder(paths[0]);
  for (const path of paths) await checkFree(path, options);
  // Beside its place, since renaming must not copy.
  const draft = join(folder, `.${basename(paths[0])}.part`);
  await rm(draft, { recursive: true, force: true });
  try {
    await mkdir(draft);
    await write(draft);
    for (const path of paths) {
      // A folder cannot be renamed over another one.
      if ((await lstat(path).catch(() => undefined))?.isDirectory()) await rm(path, { recursive: true });
      await rename(join(draft, basename(path)), path);
    }
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The same with one file whose content is there. */
export const writeFileWhole = (path: string, content: Uint8Array, options: ExportOptions): Promise<void> =>
  writeWhole([path], options, (folder) => writeFile(join(folder, basename(path)), content));

/**
 * Finds out whether a file can be written beside others of its folder, by writing one.
 * @throws InputError when the folder is not there, or takes nothing
 */
export async function checkFolder(path: string): Promise<void> {
  const folder = dirname(path);
  await access(folder).catch((cause) => {
    throw new InputError(path, '--to', `expected a name in a folder that is there, found no ${folder}`, {
      cause,
    });
  });
  await probeFolder(folder).catch((cause) => {
    throw new InputError(path, '--to', `expected a folder that can be written (${cause.message})`, { cause });
  });
}

/** @throws InputError when something is there that is not to be replaced */
export async function checkFree(path: string, { force = false }: ExportOptions): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return;
  if (!force)
    throw new InputError(path, '--to', 'expected a name that is free; --force replaces what is there');
  // Nobody's home is to go because it has a name like that.
  if (found.isDirectory() && !(await readdir(path)).includes('.zgroup'))
    throw new InputError(path, '--to', 'expected a Zarr folder to replace, found another folder');
}
