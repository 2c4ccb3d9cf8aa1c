import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type FileStamp, stampOf, stampText } from '../../formats/files/file-stamp.ts';
import { formatOf } from '../../formats/formats.ts';
import { zspy, zspyHeaders } from '../../formats/zipped/zspy.ts';

/** A folder that is one scan; what lies in it is none of its own. */
export const isStoreFolder = async (path: string): Promise<boolean> =>
  formatOf(path) === zspy && (await stat(path).catch(() => undefined))?.isDirectory() === true;

/** Stamps of the files that say what a folder's scan is; none before the first of them is there. */
export async function folderStamps(path: string): Promise<(FileStamp | undefined)[]> {
  const stamps = await Promise.all((await zspyHeaders(path)).map(stampOf));
  return stamps.some((stamp) => stamp) ? stamps.filter((stamp) => stamp !== undefined) : [undefined];
}

export async function lowLossOf(
  path: string | undefined,
): Promise<{ path: string; signature: string } | undefined> {
  return path === undefined ? undefined : { path, signature: (await stampsOf(path)).map(textOf).join(' ') };
}

export const writtenMs = (stamps: readonly (FileStamp | undefined)[]): number =>
  Math.max(...stamps.map((stamp) => Number(stamp?.mtimeNs ?? 0n) / 1e6));

/** Stamps of a file and of those beside it that belong to it. */
export async function stampsOf(path: string): Promise<(FileStamp | undefined)[]> {
  if (await isStoreFolder(path)) return folderStamps(path);
  const stem = join(dirname(path), basename(path, extname(path)));
  const paths = [path, ...(formatOf(path)?.beside ?? []).map((suffix) => stem + suffix)];
  return Promise.all(paths.map(seenStampOf));
}

/** A file whose state cannot be found out for now counts as not there, so that the others are not held up. */
const seenStampOf = (path: string): Promise<FileStamp | undefined> => stampOf(path).catch(() => undefined);

export const textOf = (stamp: FileStamp | undefined): string => (stamp ? stampText(stamp) : '-');
