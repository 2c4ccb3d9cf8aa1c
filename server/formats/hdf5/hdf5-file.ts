import { stat } from 'node:fs/promises';
import type { Dataset, File, Group, Metadata } from 'h5wasm/node';
import { InputError } from '../../../protocol/index.ts';
import { stampTextOf } from '../files/file-stamp.ts';
import type { StoredArray, StoredPiece } from '../signals/stored-signal.ts';
import { callWithin, OVERDUE } from './call-deadline.ts';
import { limitHeap } from './hdf5-heap.ts';
import { discardHdf5, isDiscarded, type Library, loadHdf5 } from './hdf5-library.ts';
import { type LibraryFiles, noteStreams } from './hdf5-streams.ts';

/** What the library may take beyond what it has, for headers and its own books. */
const SPARE_BYTES = 16 * 2 ** 20;
/** A library whose memory a refused file has made larger by more than this is given up: it never becomes smaller. */
const MOST_KEPT_BYTES = 4 * 2 ** 20;
/** For a header, and for a chunk on the slowest share: a hundred times what they take. */
const MOST_MS = 3000;
const BYTES_PER_MS = 1000;

/**
 * Opens an HDF5 file in place (nothing but what is asked for is read), and closes it after `use`.
 * @param chunkBytes of the largest chunk that is read
 * @throws InputError when it is none, or `use` fails in the library
 */
export async function withHdf5<Result>(
  path: string,
  use: (file: Hdf5) => Result,
  chunkBytes = 0,
): Promise<Result> {
  const { size } = await stat(path);
  let loaded = await loadHdf5();
  // Who waited for it as well may have had to give it up.
  while (isDiscarded(loaded)) loaded = await loadHdf5();
  let file: File | undefined;
  let isBroken = false;
  const most = Math.ceil(MOST_MS + chunkBytes / BYTES_PER_MS);
  const closeLeft = noteStreams(loaded.FS as LibraryFiles);
  // A chunk is read into two buffers of its size, and one for the samples.
  const heapBytes = loaded.Module.HEAPU8.length;
  const release = limitHeap(heapBytes + SPARE_BYTES + 3 * chunkBytes);
  try {
    // In some damaged files the library goes round in circles.
    return callWithin(most, () => {
      file = new loaded.File(path, 'r');
      if (file.file_id < 0n) throw new Error('it cannot be opened');
      return use(new Hdf5(loaded, file, path, size));
    });
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { code, name } = error as NodeJS.ErrnoException;
    const hasGrown = loaded.Module.HEAPU8.length - heapBytes > MOST_KEPT_BYTES;
    isBroken = code === OVERDUE || name === 'RuntimeError' || hasGrown;
    const why = code === OVERDUE ? `it is damaged: not read within ${most} ms` : reason(error);
    throw new InputError(path, 'file', `expected a complete HDF5 file (${why})`, { cause: error });
  } finally {
    try {
      file?.close();
    } catch {
      // What could not be opened whole cannot always be closed either.
    }
    closeLeft();
    release();
    if (isBroken) discardHdf5(loaded);
  }
}

/** The library gives a trace of its calls: the innermost one says what is wrong. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const innermost = [...message.matchAll(/ in \w+\(\): (.+)/g)].at(-1)?.[1];
  return (innermost ?? message.split('\n')[0]).slice(0, 200);
}

/** Of attributes and of datasets that are read as a whole. */
const MOST_VALUES = 65_536;
const MOST_VALUE_BYTES = 2 ** 20;

const isLarge = ({ total_size: count = 0, size }: Metadata): boolean =>
  count > MOST_VALUES || count * size > MOST_VALUE_BYTES;

/** What attributes and small datasets hold, in plain values. */
export type Hdf5Value = string | number | (string | number)[];

/** An open HDF5 file. Links to other files are not followed. */
export class Hdf5 {
  readonly path: string;
  readonly #library: Library;
  readonly #file: File;
  readonly #bytes: number;
  readonly #known = new Map<string, Group | Dataset>();
  /** Names in groups and attributes by path: the library reads them from the file each time. */
  readonly #names = new Map<string, string[]>();
  readonly #attributes = new Map<string, Group['attrs']>();

  /** @param bytes of the file */
  constructor(library: Library, file: File, path: string, bytes: number) {
    this.#bytes = bytes;
    this.#library = library;
    this.#file = file;
    this.path = path;
  }

  /** Names in a group; none where there is no such group. */
  keys(path: string): string[] {
    const known = this.#names.get(path);
    if (known) return known;
    const names = this.#group(path)?.keys() ?? [];
    this.#names.set(path, names);
    return names;
  }

  isGroup(path: string): boolean {
    return this.#group(path) !== undefined;
  }

  isDataset(path: string): boolean {
    return this.#dataset(path) !== undefined;
  }

  attribute(path: string, name: string): Hdf5Value | undefined {
    const attributes = this.#attributes.get(path) ?? this.#get(path)?.attrs ?? {};
    this.#attributes.set(path, attributes);
    const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (!attribute || isLarge(attribute.metadata)) return undefined;
    return plain(attribute.value);
  }

  /** All of a dataset; undefined where it is none, or of more values than any axis has. */
  value(path: string): Hdf5Value | undefined {
    const dataset = this.#dataset(path);
    if (!dataset || isLarge(dataset.metadata)) return undefined;
    return plain(dataset.value);
  }

  size(path: string): number[] | undefined {
    return this.#dataset(path)?.shape ?? undefined;
  }

  /** A dataset as an array to be unpacked; `type` says why it cannot be, where it cannot. */
  array(path: string): StoredArray | undefined {
    const dataset = this.#dataset(path);
    if (!dataset) return undefined;
    const { metadata } = dataset;
    const shape = metadata.shape ?? [];
    const type = unreadable(dataset, this.#bytes) ?? typeOf(metadata, this.#library);
    return new Hdf5Array(this.path, path, shape, type, pieceShape(shape, metadata), chunkBytes(metadata));
  }

  /** Samples from `start` on, `count` along each axis. */
  read(path: string, start: number[], count: number[]): StoredPiece {
    const dataset = this.#dataset(path);
    if (!dataset) throw new InputError(this.path, path, 'expected a dataset, found none');
    const samples = dataset.slice(start.map((from, axis) => [from, from + count[axis]]));
    return {
      samples: samples as StoredPiece['samples'],
      strides: count.map((_, axis) => count.slice(axis + 1).reduce((product, size) => product * size, 1)),
    };
  }

  /** Link by link: the library itself would follow those that lead to other files. */
  #get(path: string): Group | Dataset | undefined {
    if (path === '') return this.#file;
    const known = this.#known.get(path);
    if (known) return known;
    const cut = path.lastIndexOf('/');
    const folder = path.slice(0, Math.max(0, cut));
    const parent = this.#group(folder);
    const isThere = parent !== undefined && this.keys(folder).includes(path.slice(cut + 1));
    if (!isThere || parent.get_external_link(path).filename !== undefined) return undefined;
    const entity = this.#file.get(path);
    if (!(entity instanceof this.#library.Group || entity instanceof this.#library.Dataset)) return undefined;
    this.#known.set(path, entity);
    return entity;
  }

  #group(path: string): Group | undefined {
    const entity = this.#get(path);
    return entity instanceof this.#library.Group ? entity : undefined;
  }

  #dataset(path: string): Dataset | undefined {
    const entity = this.#get(path);
    return entity instanceof this.#library.Dataset ? entity : undefined;
  }
}

/** Filters of the library itself: deflate, shuffle, Fletcher32. */
const FILTERS = [1, 2, 3];
/** Bytes of a piece: what is decompressed at once, so that nothing else waits long. */
const PIECE_BYTES = 2 ** 20;
/** Larger chunks would not fit into the library's memory beside their decompressed selves. */
const MOST_CHUNK_BYTES = 2 ** 29;

/** gzip makes nothing smaller than a 1032nd of itself. */
const MOST_DEFLATION = 1100;
/** Samples of so many bytes are taken for what they are, chunks that were never written included. */
const SMALL_BYTES = 2 ** 26;

const COMPLEX = ['r', 'i'];

/** What keeps the samples from being read; undefined where nothing does. */
function unreadable({ metadata, filters }: Dataset, fileBytes: number): string | undefined {
  if (metadata.virtual_sources) return 'links to samples of other files';
  const foreign = filters.find(({ id }) => !FILTERS.includes(id));
  if (foreign)
    return `samples compressed by ${foreign.name || `filter ${foreign.id}`}, where gzip or none can be read`;
  const bytes = (metadata.shape ?? []).reduce((product, length) => product * length, metadata.size);
  if (bytes > Math.max(SMALL_BYTES, MOST_DEFLATION * fileBytes))
    return `${bytes} bytes of samples, which a file of ${fileBytes} cannot hold`;
  const inChunk = chunkBytes(metadata);
  return inChunk > MOST_CHUNK_BYTES
    ? `chunks of ${inChunk} bytes, where ${MOST_CHUNK_BYTES} can be read`
    : undefined;
}

const chunkBytes = ({ chunks, size }: Metadata): number =>
  chunks?.reduce((product, length) => product * length, size) ?? 0;

function typeOf(metadata: Metadata, { Module: { H5T_class_t: kinds } }: Library): string {
  const { type, size, signed } = metadata;
  if (type === kinds.H5T_INTEGER.value) return `${signed ? 'i' : 'u'}${size * 8}`;
  if (type === kinds.H5T_FLOAT.value) return `f${size * 8}`;
  const members = metadata.compound_type?.members.map(({ name }) => name) ?? [];
  if (members.join() === COMPLEX.join()) return 'complex numbers';
  return metadata.enum_type
    ? 'truth values'
    : members.length > 0
      ? `records of ${members.join(', ')}`
      : 'no numbers';
}

/** Whole chunks, each in one piece alone, since a chunk is decompressed for every read; small ones are joined, along energy first. */
function pieceShape(shape: readonly number[], { chunks, size }: Metadata): number[] {
  const piece = chunks ? shape.map((length, axis) => Math.min(chunks[axis], length)) : shape.map(() => 1);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const bytes = piece.reduce((product, length) => product * length, size);
    const times = Math.min(Math.floor(PIECE_BYTES / bytes), Math.ceil(shape[axis] / piece[axis]));
    if (times > 1) piece[axis] = Math.min(shape[axis], piece[axis] * times);
    if (piece[axis] < shape[axis]) break;
  }
  return piece;
}

/** A dataset; its file is opened for each piece, and not held open between. */
class Hdf5Array implements StoredArray {
  readonly place: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly pieceShape: readonly number[];
  readonly #chunkBytes: number;

  constructor(
    place: string,
    name: string,
    shape: number[],
    type: string,
    pieceShape: number[],
    chunkBytes: number,
  ) {
    this.#chunkBytes = chunkBytes;
    this.place = place;
    this.name = name;
    this.shape = shape;
    this.type = type;
    this.pieceShape = pieceShape;
  }

  stamp(): Promise<string | undefined> {
    return stampTextOf(this.place);
  }

  readPiece(index: readonly number[]): Promise<StoredPiece> {
    const start = index.map((at, axis) => at * this.pieceShape[axis]);
    const count = start.map((from, axis) => Math.min(this.pieceShape[axis], this.shape[axis] - from));
    return withHdf5(this.place, (file) => file.read(this.name, start, count), this.#chunkBytes);
  }
}

/** A value of the library in plain numbers and texts; undefined where it is anything else. */
function plain(value: unknown): Hdf5Value | undefined {
  if (typeof value === 'string' || typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  const list = Array.isArray(value)
    ? value
    : ArrayBuffer.isView(value)
      ? [...(value as unknown as Iterable<unknown>)]
      : [];
  const values = list.map(plain);
  const simple = values.filter(
    (one): one is string | number => typeof one === 'string' || typeof one === 'number',
  );
  if (simple.length === 0 || simple.length < values.length) return undefined;
  return simple.length === 1 ? simple[0] : simple;
}
