import { type FileHandle, open, stat } from 'node:fs/promises';

/** For reading and positional writing, whether it exists or not. */
export async function openForWriting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(path, 'wx+');
  }
}

/** Whether a path leads to an open file, which holds `bytes` at least: it was neither replaced nor cut behind us. */
export async function leadsTo(path: string, file: FileHandle, bytes: number): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  const here = await file.stat({ bigint: true });
  // A device, such as one without room, has no size.
  if (!here.isFile()) return true;
  return (
    there !== undefined && there.ino === here.ino && there.dev === here.dev && here.size >= BigInt(bytes)
  );
}

/** Writes all of the bytes; a device without room for them is an error with the code ENOSPC. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error('no space left on the device'), { code: 'ENOSPC' });
    done += bytesWritten;
  }
}
