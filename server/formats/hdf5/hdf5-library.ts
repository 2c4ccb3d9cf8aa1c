import { type LibraryFiles, tellApart } from './hdf5-streams.ts';

export type Library = typeof import('h5wasm/node');

let library: Promise<Library> | undefined;
let discarded = 0;

/** The HDF5 library, loaded when the first such file is opened: it takes a while. Its errors are thrown instead of printed. */
export function loadHdf5(): Promise<Library> {
  library ??= importLibrary().then(async (loaded) => {
    const module = await loaded.ready;
    module.activate_throwing_error_handler();
    tellApart(loaded.FS as LibraryFiles);
    return loaded;
  });
  return library;
}

/** A module is loaded once for each address. */
const importLibrary = (): Promise<Library> =>
  discarded === 0
    ? import('h5wasm/node')
    : import(/* @vite-ignore */ `${import.meta.resolve('h5wasm/node')}?${discarded}`);

/**
 * Gives up a library that a damaged file has brought down in the middle of a call: its memory may hold anything, and good files
 * could not be read any more. The next file gets a fresh one.
 */
export function discardHdf5({ Module, FS }: Library): void {
  library = undefined;
  discarded++;
  // Modules stay for good; what they hold, the library's memory above all, need not.
  for (const held of [Module, FS])
    for (const key of Reflect.ownKeys(held ?? {})) Reflect.deleteProperty(held as object, key);
}

/** Whether it was given up. */
export const isDiscarded = ({ Module }: Library): boolean => Module.HEAPU8 === undefined;
