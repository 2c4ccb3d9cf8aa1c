import { stat } from 'node:fs/promises';

/** Identity, size and time of a file as text, by which it is known for another; undefined where there is none. */
export async function stampText(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${dev}/${ino}/${size}/${mtimeNs}`;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
