import { close, fstat, open, read } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stampFrom, stampText } from './file-stamp.ts';

/** What reading samples needs of the system; tests put their own in its place, which fails when they want. */
export interface FileAccess {
  /** Opens a file for reading; returns its descriptor. */
  open(path: string): Promise<number>;
  /** Reads up to `length` bytes from `position` of the file into `bytes` at `offset`; returns how many, 0 at the end of the file. */
  read(
    descriptor: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<number>;
  /** Identity, size and time of an open file, as `stampText` gives them. */
  stamp(descriptor: number): Promise<string>;
  close(descriptor: number): Promise<void>;
  /** Waits before another try. */
  pause(ms: number): Promise<void>;
}

const openFile = promisify(open);
const readFile = promisify(read);
const closeFile = promisify(close);
const statFile = promisify(fstat);

/** Plain descriptors instead of file handles, since an image-ordered cube takes thousands of small reads. */
export const SYSTEM_FILES: FileAccess = {
  open: (path) => openFile(path, 'r'),
  read: async (descriptor, bytes, offset, length, position) =>
    (await readFile(descriptor, bytes, offset, length, position)).bytesRead,
  stamp: async (descriptor) => stampText(stampFrom(await statFile(descriptor, { bigint: true }))),
  close: (descriptor) => closeFile(descriptor),
  pause: (ms) => pause(ms),
};
