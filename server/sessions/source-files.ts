import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import * as v from 'valibot';
import type { OpenOptions } from '../formats/format.ts';

/** `scan` was opened and named the others; one that holds its samples itself is the only one. */
export const SOURCE_ROLES = ['scan', 'core', 'low loss', 'scalar'] as const;

/** A file that a scan was read from, as it was when it was last looked at. */
export interface SourceFile {
  role: (typeof SOURCE_ROLES)[number];
  /** Absolute. */
  path: string;
  /** Bytes from its beginning that belong to the scan: of a file that grows those of complete spectra. */
  size: number;
  /** When it was last written, ISO 8601, UTC. */
  modified: string;
  /** SHA-256 of blocks of these bytes (`sampleOf`), hexadecimal. */
  sample: string;
  /** SHA-256 of all of these bytes, hexadecimal: once the scan has ended. */
  sha256?: string;
}

/** What the operator knew better than the files. */
export type GivenOptions = Pick<OpenOptions, 'energy' | 'shape' | 'rows' | 'image'>;

/** That of the options that a file was opened with. */
export const givenOptions = ({ energy, shape, rows, image }: OpenOptions): GivenOptions => ({
  ...(energy && { energy }),
  ...(shape && { shape }),
  ...(rows && { rows }),
  ...(image !== undefined && { image }),
});

/** The files that a scan was watched in. */
export interface SourceFiles {
  options: GivenOptions;
  /** Pixels of each pass that were complete, counted in the order of acquisition. */
  acquired: number[];
  /** The one that was opened comes first. */
  list: SourceFile[];
}

const text = v.pipe(v.string(), v.minLength(1));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const digest = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'));

export const SOURCE_FILE_SCHEMA = v.looseObject({
  role: v.picklist(SOURCE_ROLES),
  path: text,
  size: whole,
  modified: v.pipe(v.string(), v.isoTimestamp()),
  sample: digest,
  sha256: v.exactOptional(digest),
});

export const GIVEN_ENERGY = v.exactOptional(
  v.looseObject({ offset: v.number(), dispersion: v.number(), units: v.literal('eV') }),
);
export const GIVEN_ROWS = v.exactOptional(v.strictTuple([whole, whole]));

export const SOURCE_FILES_SCHEMA = v.looseObject({
  options: v.looseObject({
    energy: GIVEN_ENERGY,
    shape: v.exactOptional(v.strictTuple([whole, whole])),
    rows: GIVEN_ROWS,
    image: v.exactOptional(whole),
  }),
  acquired: v.array(whole),
  list: v.pipe(v.array(SOURCE_FILE_SCHEMA), v.minLength(1)),
});

/** Bytes of the beginning, and of each of the blocks behind it, that a sample is made of. */
const HEAD_BYTES = 65_536;
const BLOCK_BYTES = 4096;
const BLOCKS = 64;
/** Bytes that are summed up at once: about a millisecond. */
const PIECE_BYTES = 2 ** 20;

/**
 * Describes a file as it is now.
 * @param size bytes that belong to the scan; default all
 */
export async function describeFile(
  role: SourceFile['role'],
  path: string,
  size?: number,
): Promise<SourceFile> {
  const file = await open(path);
  try {
    const found = await file.stat();
    const bytes = Math.min(size ?? found.size, found.size);
    return {
      role,
      path,
      size: bytes,
      modified: found.mtime.toISOString(),
      sample: await sampleOf(file, bytes),
    };
  } finally {
    await file.close();
  }
}

/**
 * SHA-256 of the first 64 KiB of `size` bytes and of 64 blocks of 4 KiB, evenly spread over them, the first and the last included: cheap at any size.
 * It tells another file, another header and what is missing at the end; a change between two blocks it does not see.
 */
async function sampleOf(file: FileHandle, size: number): Promise<string> {
  const hash = createHash('sha256');
  const add = async (position: number, bytes: number) => {
    const piece = Buffer.allocUnsafe(Math.max(0, Math.min(bytes, size - position)));
    const { bytesRead } = await file.read(piece, 0, piece.length, position);
    hash.update(piece.subarray(0, bytesRead));
  };
  await add(0, HEAD_BYTES);
  const last = Math.max(0, size - BLOCK_BYTES);
  for (let block = 0; block < BLOCKS; block++)
    await add(Math.floor((block * last) / (BLOCKS - 1)), BLOCK_BYTES);
  return hash.digest('hex');
}

/**
 * SHA-256 of the first `size` bytes of a file, read in small pieces so that whoever else runs is not kept waiting.
 * @returns undefined when `signal` aborts
 */
export async function checksumOf(
  path: string,
  size: number,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const file = await open(path);
  try {
    const hash = createHash('sha256');
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, size)));
    for (let at = 0; at < size; ) {
      if (signal?.aborted) return undefined;
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, size - at), at);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

/** What a file is held against. */
export interface Comparison {
  /** It may be longer than it was: the scan had not come to its end. */
  mayGrow: boolean;
  /** All of its bytes are read, where their checksum is known; else the sample alone, unless the file was written since. */
  thorough: boolean;
}

/** In what a file is other than it was; undefined where it is the same. */
export interface FileDifference {
  field: 'file' | 'size' | 'checksum';
  message: string;
}

/** Holds the file at `path` against what is known of it. */
export async function differenceOf(
  known: SourceFile,
  path: string,
  { mayGrow, thorough }: Comparison,
): Promise<FileDifference | undefined> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    return { field: 'file', message: isMissing ? 'expected to exist' : `expected to be readable (${code})` };
  }
  try {
    const found = await file.stat();
    if (!found.isFile()) return { field: 'file', message: 'expected a file, found something else' };
    if (found.size < known.size || (found.size > known.size && !mayGrow))
      return { field: 'size', message: `expected ${known.size} bytes as recorded, found ${found.size}` };
    const changed: FileDifference = {
      field: 'checksum',
      message: `expected that of the recording, found other bytes (written ${found.mtime.toISOString()})`,
    };
    if ((await sampleOf(file, known.size)) !== known.sample) return changed;
    const isTouched = found.mtime.toISOString() !== known.modified;
    if (known.sha256 === undefined || !(thorough || isTouched)) return undefined;
    return (await checksumOf(path, known.size)) === known.sha256 ? undefined : changed;
  } finally {
    await file.close();
  }
}
