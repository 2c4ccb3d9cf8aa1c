import { type LibraryFiles, tellApart } from './hdf5-streams.ts';

export type Library = typeof import('h5wasm/node');

type LibraryModule = Library['Module'];
type Factory = (options: { noInitialRun: boolean }) => Promise<LibraryModule>;

let library: Promise<Library> | undefined;
let given: Library | undefined;

/** The HDF5 library, loaded when the first such file is opened: it takes a while. Its errors are thrown instead of printed. */
export function loadHdf5(): Promise<Library> {
  library ??= given ? restart(given) : start();
  return library;
}

async function start(): Promise<Library> {
  const loaded = await import('h5wasm/node');
  prepare(await loaded.ready);
  given = loaded;
  return loaded;
}

/**
 * Gives the library another memory after the first was given up. Its two parts are the same objects as before, and pass on to the new
 * ones: importing it anew would leave a copy behind each time.
 */
async function restart(loaded: Library): Promise<Library> {
  const place = new URL('hdf5_util.js', import.meta.resolve('h5wasm/node')).href;
  const { default: create } = (await import(/* @vite-ignore */ place)) as { default: Factory };
  const fresh = await create({ noInitialRun: true });
  prepare(fresh);
  Object.setPrototypeOf(loaded.Module, fresh);
  Object.setPrototypeOf(loaded.FS, fresh.FS);
  return loaded;
}

function prepare(module: LibraryModule): void {
  module.activate_throwing_error_handler();
  tellApart(module.FS as LibraryFiles);
}

/**
 * Gives up a library that a damaged file has brought down in the middle of a call: its memory may hold anything, and good files
 * could not be read any more. The next file gets a fresh one.
 */
export function discardHdf5({ Module, FS }: Library): void {
  library = undefined;
  for (const held of [Module, FS] as object[]) {
    for (const key of Reflect.ownKeys(held)) Reflect.deleteProperty(held, key);
    Object.setPrototypeOf(held, null);
  }
}

/** Whether it was given up. */
export const isDiscarded = ({ Module }: Library): boolean => Module.HEAPU8 === undefined;
