import { open } from 'node:fs/promises';

/**
 * Up to `count` bytes from `position` on, fewer at the end of the file, none where there is no file. The file is
 * not held open: an open handle would keep its folder from being renamed on some systems.
 */
export async function readBytes(path: string, position: number, count: number): Promise<Buffer<ArrayBuffer>> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(count);
    let done = 0;
    while (done < count) {
      const { bytesRead } = await file.read(bytes, done, count - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
}
