import { readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { InputError } from '../protocol/index.ts';
import { makeFolder } from './formats/files/make-folder.ts';

/** Folder for what is being written, beside what it takes the place of. */
const DRAFT = '.eelwatch-part';
const FRESH = join(DRAFT, 'new');
/** The files that have gone, or come, where a replacement did not get to its end. */
const LISTED = join(DRAFT, 'listed.json');

/**
 * Writes files below a folder in place of those of an earlier run, as a whole: they are written beside their places first, so that what
 * is there stays until all are whole. `last` goes first and comes last: while it is there, the files are those of one run. Whatever
 * else lies in the folder stays.
 * @param earlier files of the earlier run, relative to the folder; it does not matter if some are missing
 * @param write writes into the folder that it is given
 * @throws Error of `write`, or of the file system; where the new files are whole, it says where they lie
 */
export async function replaceFiles(
  folder: string,
  { last, earlier }: { last: string; earlier: readonly string[] },
  write: (draft: string) => Promise<void>,
): Promise<void> {
  const at = (file: string) => join(folder, file);
  const old = [...new Set([...earlier, ...(await filesOfCutReplacement(folder))])];
  const fresh = at(FRESH);
  await rm(fresh, { recursive: true, force: true });
  try {
    // The folder may have been removed since it was made.
    await makeFolder(fresh);
    await write(fresh);
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    await rmdir(at(DRAFT)).catch(() => {});
    const { message } = cause as Error;
    throw new Error(
      `${folder}: nothing there was changed, since not all files could be written (${message})`,
      {
        cause,
      },
    );
  }
  try {
    const files = await filesIn(fresh);
    await writeFile(at(LISTED), JSON.stringify([...old, ...files]));
    for (const file of [last, ...old]) await rm(at(file), { force: true });
    for (const file of [...files.filter((name) => name !== last), last]) {
      await makeFolder(dirname(at(file)));
      await rename(join(fresh, file), at(file));
    }
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`${folder}: expected files to take their places (${message}); they lie in ${fresh}`, {
      cause,
    });
  }
  for (const parent of new Set(old.map(dirname))) if (parent !== '.') await rmdir(at(parent)).catch(() => {});
  await rm(at(DRAFT), { recursive: true, force: true });
}

/** Files that belong to a replacement that was cut off, relative to the folder. */
export async function filesOfCutReplacement(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, LISTED), 'utf8').catch(() => '[]');
  try {
    const files: unknown = JSON.parse(text);
    return Array.isArray(files) ? files.filter(isInside) : [];
  } catch {
    // It was cut off before anything was replaced.
    return [];
  }
}

const isInside = (file: unknown): file is string =>
  typeof file === 'string' && file !== '' && !normalize(file).startsWith('..') && !file.startsWith(sep);

/** Files below a folder, relative to it. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/**
 * A folder for results holds a file of that name which is of something else.
 * @param file that tells whose the results are
 * @param of what it may be, as in 'a comparison'
 */
export const foreignResults = (folder: string, file: string, of: string, cause: unknown): InputError =>
  new InputError(
    '--out',
    folder,
    `expected no ${file}, or that of ${of}, found another; remove it, or name another folder`,
    { cause },
  );
