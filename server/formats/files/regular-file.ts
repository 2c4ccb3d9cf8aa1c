import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { InputError } from '../../../protocol/index.ts';

/** What is said of a pipe, a socket, a device or a folder where a file is wanted. */
export const notAFile = (path: string): InputError =>
  new InputError(path, 'file', 'expected a file, found something else');

/**
 * Opens a file for reading. A pipe of that name, which would keep whoever opens it waiting for a writer, and a socket or device are refused.
 * @throws InputError for what is no file; the errors of the file system as they are
 */
export async function openRegularFile(path: string): Promise<FileHandle> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notAFile(path);
}
