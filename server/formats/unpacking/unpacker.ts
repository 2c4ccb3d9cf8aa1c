import type { InputError } from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import type { PixelRange } from '../scan-order.ts';

/** What a look at packed spectra found. */
export interface UnpackSight {
  state: 'absent' | 'rewritten' | 'seen';
  /** There is more to unpack right away. */
  behind: boolean;
  /** What cannot be read. */
  fault?: InputError;
}

/** Makes a file of spectra, which cubes are read from, out of one that has them in another arrangement. */
export interface Unpacker {
  /** What is unpacked: the file or folder, and the part of it, for messages. */
  readonly source: { readonly place: string; readonly name: string };
  /** The file of spectra: row-major, little endian. Its pixels count once they were reported. */
  readonly layout: CubeLayout;
  /**
   * Makes the file of spectra, empty but of full size; needed before the layout is read.
   * @throws InputError when there is no room for it
   */
  prepare(): Promise<void>;
  /**
   * Unpacks what is there and was not yet, for about `budgetMs`, and reports the pixels that became complete.
   * @param now monotonic ms
   * @param finished what is there is all
   */
  look(now: number, finished: boolean, budgetMs: number): AsyncGenerator<PixelRange[], UnpackSight>;
  /** Closes the file of spectra; it stays for those who read it. */
  close(): void;
  /** Closes and deletes the file of spectra: nobody reads it any more. */
  remove(): Promise<void>;
}
