import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, and those above it that are missing. Node's own recursive `mkdir` never returns where a folder is there and the
 * system says that it is not: below /proc, and in a folder that was removed while something has it open.
 * @returns the folders that were made, the outermost first
 * @throws Error of the file system
 */
export async function makeFolder(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(path); !(await isFolder(folder)); folder = dirname(folder))
    missing.unshift(folder);
  const made: string[] = [];
  for (const folder of missing)
    try {
      await mkdir(folder);
      made.push(folder);
    } catch (error) {
      // Somebody else may just have made it; a link to nothing is taken, too, and no folder.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await isFolder(folder))) throw error;
    }
  return made;
}

/** Whether a folder is there. @throws Error of the file system where something else is, or that cannot be told */
async function isFolder(path: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
  throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' });
}
