import { stat } from 'node:fs/promises';

/** What tells one state of a file from another, without reading it. */
export interface FileStamp {
  dev: bigint;
  ino: bigint;
  size: number;
  mtimeNs: bigint;
  /** When content, name or permissions changed last. */
  ctimeNs: bigint;
}

/** The stamp of a file; undefined where there is none, or something that is no file. */
export async function stampOf(path: string): Promise<FileStamp | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return undefined;
    const { dev, ino, size, mtimeNs, ctimeNs } = found;
    return { dev, ino, size: Number(size), mtimeNs, ctimeNs };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Whether it is still the same file, whatever its content. */
export const sameFile = (a: FileStamp, b: FileStamp): boolean => a.dev === b.dev && a.ino === b.ino;

export const sameStamp = (a: FileStamp | undefined, b: FileStamp | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && sameFile(a, b) && a.size === b.size && a.mtimeNs === b.mtimeNs);
