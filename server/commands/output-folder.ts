import { rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { probeFolder } from '../formats/files/probe-folder.ts';

/** A folder that can be written. */
export interface OutputFolder {
  /** Absolute: stays the same wherever the program goes. */
  path: string;
  /** Removes the folders that were made for it, as far as nothing lies in them. */
  removeIfEmpty(): Promise<void>;
}

/**
 * Makes a folder that an option names, and writes a file there and removes it again, so that a place that takes nothing is found out
 * before there is anything to lose.
 * @param option as it is typed
 * @param parent `made`: missing folders above it are made as well; `there`: it is refused without the one above it
 * @throws InputError naming option and folder where it cannot be made or written
 */
export async function outputFolder(
  option: string,
  name: string,
  parent: 'made' | 'there' = 'made',
): Promise<OutputFolder> {
  const made: string[] = [];
  const removeIfEmpty = async () => {
    for (const folder of made.reverse()) await rmdir(folder).catch(() => {});
  };
  try {
    const path = resolve(name);
    if (parent === 'there') await stat(dirname(path));
    made.push(...(await makeFolder(path)));
    await probeFolder(path);
    return { path, removeIfEmpty };
  } catch (cause) {
    await removeIfEmpty();
    const { message, syscall } = cause as NodeJS.ErrnoException;
    const found = syscall === 'uv_cwd' ? 'the current folder is gone' : message;
    throw new InputError(
      option,
      name,
      `expected a folder that can be written, found none (${found}); name another`,
      { cause },
    );
  }
}
