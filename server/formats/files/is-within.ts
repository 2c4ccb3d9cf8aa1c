import { isAbsolute, relative, sep } from 'node:path';

/** Whether a path is that of a folder or lies below it; both absolute, links not followed. */
export function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}
