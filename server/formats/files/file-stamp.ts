import type { BigIntStats } from 'node:fs';
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

/**
 * The stamp of a file; undefined where there is none, or something that is no file.
 * @throws the error of the file system where it cannot be found out
 */
export async function stampOf(path: string): Promise<FileStamp | undefined> {
  try {
    const found = await stat(path, { bigint: true });
    return found.isFile() ? stampFrom(found) : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The same from what the system has answered already. */
export const stampFrom = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): FileStamp => ({
  dev,
  ino,
  size: Number(size),
  mtimeNs,
  ctimeNs,
});

/** Whether it is still the same file, whatever its content. */
export const sameFile = (a: FileStamp, b: FileStamp): boolean => a.dev === b.dev && a.ino === b.ino;

export const sameStamp = (a: FileStamp | undefined, b: FileStamp | undefined): boolean =>
  a === b ||
  (a !== undefined && b !== undefined && sameFile(a, b) && a.size === b.size && a.mtimeNs === b.mtimeNs);

/** Which file it is, whatever its name and content. */
export const identityText = ({ dev, ino }: FileStamp): string => `${dev}/${ino}`;

/** Identity, size and time of writing as text, so that they can be kept and sent; equal where `sameStamp` holds. */
export const stampText = (stamp: FileStamp): string =>
  `${identityText(stamp)}/${stamp.size}/${stamp.mtimeNs}`;

/** The same of a file as it is now; undefined where there is none. */
export async function stampTextOf(path: string): Promise<string | undefined> {
  const stamp = await stampOf(path);
  return stamp && stampText(stamp);
}

/** What differs between two stamps that are given as text, in words. */
export function stampDifference(before: string, now: string): string {
  const [a, b] = [before, now].map((text) => text.split('/'));
  if (a[2] !== b[2]) return `${b[2]} bytes instead of ${a[2]}`;
  if (a[0] !== b[0] || a[1] !== b[1]) return 'another file under its name';
  return 'that it was written to';
}
