import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import type { OpenOptions } from '../../formats/format.ts';
import { formatOf, openScanFile } from '../../formats/formats.ts';
import { inputFault } from '../../formats/input-fault.ts';
import { ownFolder } from '../../sessions/own-folder.ts';
import type { Source, SourceEvent } from '../source.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { isScanName } from './folder-entry.ts';
import { readOnce } from './read-once.ts';
import type { WatchTimes } from './watch-times.ts';

export interface WatchOptions extends OpenOptions {
  /** Never rely on change events, as for network shares; otherwise found out by itself. */
  poll?: boolean;
  /** Levels of folders below the watched one that are looked into; default 2. */
  depth?: number;
  /** Links out of the folder are followed. */
  followLinks?: boolean;
  /** Process what is there now and finish; what cannot be opened is thrown as InputError. */
  once?: boolean;
  /** Other times than the usual ones. */
  times?: Partial<WatchTimes>;
}

/**
 * Watches a file or a folder: scans that are there, that grow and that come. Of the scans that a folder holds at the
 * start the newest is opened. Nothing in the folder is created, changed, renamed or locked.
 * @throws InputError from `events` when the path does not exist or, with `once`, cannot be opened
 */
export function watchPath(path: string, options: WatchOptions = {}): Source {
  return {
    description: path,
    async *events(signal: AbortSignal): AsyncGenerator<SourceEvent> {
      const target = resolve(path);
      const found = await stat(target).catch((error) => Promise.reject(inputFault(error, path)));
      if (!found.isDirectory() && !found.isFile())
        throw new InputError(path, 'file', 'expected a file or a folder, found something else');
      const isFolder = found.isDirectory() && !formatOf(target)?.isFolder;
      const own = isFolder ? await ownFolder(target) : undefined;
      if (own) throw new InputError(path, 'folder', `expected one with scans, found ${own}`);
      if (options.once) return yield* readOnce(target, isFolder, options);
      if (!isFolder && !isScanName(basename(target))) await openScanFile(target, options);
      const [folder, only] = isFolder ? [target, undefined] : [dirname(target), basename(target)];
      yield* new DirectoryWatch(folder, only, options).events(signal);
    },
  };
}
