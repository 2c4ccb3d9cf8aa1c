import { type FileAccess, SYSTEM_FILES } from '../../formats/files/file-access.ts';
import { ReadFault, readFault } from '../../formats/reading/read-fault.ts';

/** Faults that may pass are tried again after so many ms, and no more: the next round reads the file again in any case. */
const PAUSES_MS = [20, 60, 200];

/** Pieces that lie side by side are read at once, up to so many bytes. */
const READ_BYTES = 2 ** 20;

/** A piece of a file. */
export interface Piece {
  position: number;
  count: number;
}

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
  const [bytes] = await readPieces(path, [{ position, count }], files);
  return bytes;
}

/** The same of several pieces, for which the file is opened once: on a share that takes as long as reading. */
export async function readPieces(
  path: string,
  pieces: readonly Piece[],
  files: FileAccess = SYSTEM_FILES,
): Promise<Buffer<ArrayBuffer>[]> {
  for (let tries = 0; ; tries++)
    try {
      return await readOnce(path, pieces, files);
    } catch (error) {
      const fault = readFault(error, path);
      if (!(fault instanceof ReadFault)) throw error;
      if (fault.code === 'gone') return pieces.map(() => Buffer.alloc(0));
      if (fault.code !== 'transient' || tries >= PAUSES_MS.length) throw error;
      await files.pause(PAUSES_MS[tries]);
    }
}

async function readOnce(path: string, pieces: readonly Piece[], files: FileAccess) {
  const descriptor = await files.open(path);
  try {
    const read: Buffer<ArrayBuffer>[] = [];
    while (read.length < pieces.length) {
      const { position } = pieces[read.length];
      let [end, next] = [position, read.length];
      for (; next < pieces.length && pieces[next].position === end; next++) {
        if (next > read.length && end + pieces[next].count - position > READ_BYTES) break;
        end += pieces[next].count;
      }
      const bytes = await readAt(descriptor, position, end - position, files);
      for (const { position: at, count } of pieces.slice(read.length, next))
        read.push(bytes.subarray(at - position, at - position + count));
    }
    return read;
  } finally {
    await files.close(descriptor);
  }
}

async function readAt(descriptor: number, position: number, count: number, files: FileAccess) {
  const bytes = Buffer.allocUnsafe(count);
  let done = 0;
  while (done < count) {
    const read = await files.read(descriptor, bytes, done, count - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
