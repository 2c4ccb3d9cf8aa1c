import { accessSync, constants, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, extname, relative, sep } from 'node:path';
import { isWithin } from '../../formats/files/is-within.ts';
import { FORMATS, formatOf } from '../../formats/formats.ts';
import { unreadFormat } from '../../formats/unread-formats.ts';

/** Why an entry of a watched folder is passed over. */
export type SkipReason = 'dangling link' | 'link outside' | 'no permission' | 'no file' | `format ${string}`;

/** What is done with an entry of a watched folder. */
export type EntryFate =
  /** It may be a scan, the companion of one, or a folder to look into. */
  | 'take'
  /** Nobody expects it to be opened. */
  | 'ignore'
  | { skip: SkipReason };

/** A scan's file, and not the companion of another. */
export const isScanName = (name: string): boolean =>
  formatOf(name) !== undefined && !/\.low-loss\.rpl$/i.test(name);

/** Files that a system or a program keeps for itself: `.name`, `._name`, `~$name`. */
export const isHiddenName = (name: string): boolean => name.startsWith('.') || name.startsWith('~$');

export interface EntryRules {
  /** The watched folder, absolute. */
  folder: string;
  /** The same without links. */
  realFolder: string;
  /** Levels of folders below the watched one. */
  depth: number;
  followLinks: boolean;
}

/**
 * What to do with an entry below the watched folder. Links are followed within the folder, and anywhere with `followLinks`.
 * @param stats of the entry itself, not of what a link leads to; undefined where only its name is known
 */
export function fateOf(path: string, stats: Stats | undefined, rules: EntryRules): EntryFate {
  const name = basename(path);
  if (isHiddenName(name)) return 'ignore';
  const isInStore = formatOf(dirname(path))?.isFolder && dirname(path) !== rules.folder;
  if (isInStore) return 'ignore';
  if (!stats) return 'take';
  if (stats.isSymbolicLink()) return fateOfLink(path, rules);
  if (stats.isDirectory()) return mayRead(path, true) ? 'take' : { skip: 'no permission' };
  return fateOfFile(name, stats);
}

function fateOfFile(name: string, stats: Stats): EntryFate {
  if (formatOf(name)) return stats.isFile() ? 'take' : { skip: 'no file' };
  const suffix = extname(name).toLowerCase();
  if (FORMATS.some(({ beside }) => beside?.includes(suffix))) return 'ignore';
  return stats.isFile() && unreadFormat(suffix) ? { skip: `format ${suffix}` } : 'ignore';
}

function fateOfLink(path: string, { realFolder, depth, followLinks }: EntryRules): EntryFate {
  let target: string;
  let stats: Stats;
  try {
    target = realpathSync(path);
    stats = statSync(target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { skip: code === 'EACCES' || code === 'EPERM' ? 'no permission' : 'dangling link' };
  }
  if (stats.isDirectory() && !mayRead(target, true)) return { skip: 'no permission' };
  const isStore = stats.isDirectory() && formatOf(path)?.isFolder;
  const fate = stats.isDirectory() ? 'take' : fateOfFile(basename(path), stats);
  if (fate !== 'take') return fate;
  if (isWithin(realFolder, target)) {
    // What is found at its own place is not opened a second time.
    const parts = relative(realFolder, target).split(sep);
    const isFound = parts.length <= depth + 1 && !parts.some(isHiddenName) && isScanName(basename(target));
    return isFound || (stats.isDirectory() && !isStore) ? 'ignore' : 'take';
  }
  if (!followLinks) return { skip: 'link outside' };
  // A link to a folder above would lead into the watched one again.
  return isWithin(target, realFolder) ? 'ignore' : 'take';
}

function mayRead(path: string, isFolder: boolean): boolean {
  try {
    accessSync(path, isFolder ? constants.R_OK | constants.X_OK : constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
