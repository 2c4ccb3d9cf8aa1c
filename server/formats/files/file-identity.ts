import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Identity, size and time of a file as text, by which it is known for another; undefined where there is none. */
export async function stampText(path: string): Promise<string | undefined> {
  try {
    return identityText(await stat(path, { bigint: true }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** The same of what the system has told already. */
export const identityText = ({ dev, ino, size, mtimeNs }: BigIntStats): string =>
  `${dev}/${ino}/${size}/${mtimeNs}`;

/** What differs between two of them, in words. */
export function differenceOf(before: string, now: string): string {
  const [a, b] = [before, now].map((text) => text.split('/'));
  if (a[2] !== b[2]) return `${b[2]} bytes instead of ${a[2]}`;
  if (a[0] !== b[0] || a[1] !== b[1]) return 'another file under its name';
  return 'that it was written to';
}
