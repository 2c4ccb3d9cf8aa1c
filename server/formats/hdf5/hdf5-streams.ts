import { closeSync, type Stats } from 'node:fs';

/** An open file of the library; `nfd` is its descriptor. */
interface Stream {
  path?: string;
  nfd?: number | undefined;
}

/** What the library keeps of its files. */
export interface LibraryFiles {
  streams?: (Stream | null | undefined)[];
  fstat?: (descriptor: number) => Stats;
  close?: (stream: Stream) => void;
}

let openings = 0;

/**
 * Makes every opening one of another file to the library. It goes on with what it knows of a file that it has open already, and it never
 * closes some that are damaged: the same file, written anew, would be taken for the damaged one.
 */
export function tellApart(files: LibraryFiles): void {
  const { fstat } = files;
  if (fstat) files.fstat = (descriptor) => Object.assign(fstat.call(files, descriptor), { ino: openings });
}

/**
 * Notes what the library has open.
 * @returns what closes everything that it opened since then, and left open: damaged files, and for each error a trace in a temporary file
 */
export function noteStreams(files: LibraryFiles): () => void {
  openings++;
  const before = new Set(files.streams);
  return () => {
    for (const stream of files.streams ?? []) {
      if (!stream || before.has(stream) || stream.nfd === undefined) continue;
      if (/\/tmpfile_\w+$/.test(stream.path ?? '')) {
        files.close?.(stream);
        continue;
      }
      closeSync(stream.nfd);
      // Its number in the library stays taken: what the library still believes to be open must not become another file.
      stream.nfd = undefined;
    }
  };
}
