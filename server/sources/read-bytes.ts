import { type FileAccess, SYSTEM_FILES } from '../formats/file-access.ts';
import { ReadFault, readFault } from '../formats/read-fault.ts';

/** What may pass is tried again after so many ms: the files of a folder are looked at again soon in any case. */
const PAUSES_MS = [20, 60, 200];

/**
 * Up to `count` bytes from `position` on, fewer at the end of the file, none where there is no file. The file is
 * not held open: an open handle would keep its folder from being renamed on some systems.
 * @throws what the system fails with, also after some tries
 */
export async function readBytes(
  path: string,
  position: number,
  count: number,
  files: FileAccess = SYSTEM_FILES,
): Promise<Buffer<ArrayBuffer>> {
  for (let tries = 0; ; tries++)
    try {
      return await readOnce(path, position, count, files);
    } catch (error) {
      const fault = readFault(error, path);
      if (!(fault instanceof ReadFault)) throw error;
      if (fault.code === 'gone') return Buffer.alloc(0);
      if (fault.code !== 'transient' || tries >= PAUSES_MS.length) throw error;
      await files.pause(PAUSES_MS[tries]);
    }
}

async function readOnce(path: string, position: number, count: number, files: FileAccess) {
  const descriptor = await files.open(path);
  try {
    const bytes = Buffer.allocUnsafe(count);
    let done = 0;
    while (done < count) {
      const read = await files.read(descriptor, bytes, done, count - done, position + done);
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  } finally {
    await files.close(descriptor);
  }
}
