import { InputError } from '../../../protocol/index.ts';
import { MOST_JSON_BYTES, parseJson } from '../files/parse-json.ts';
import {
  type StoredArray,
  type StoredPiece,
  type StoredSamples,
  UNPACKED_TYPES,
} from '../signals/stored-signal.ts';
import { boundCodecs, type CodecTable } from './bounded-codecs.ts';
import type { ZarrStore } from './zarr-store.ts';

const MOST_CHUNK_BYTES = 2 ** 29;
/** Names of plain numbers are short; what looks for digits at their end takes the square of their length. */
const MOST_DTYPE_CHARACTERS = 30;
const COMPRESSORS = ['blosc', 'zstd', 'gzip', 'zlib', 'lz4'];

/** What a `.zarray` says, as far as it is looked at here; the rest is the library's. */
interface ArrayDescription {
  shape: number[];
  chunks: number[];
  dtype: string;
  separator: '.' | '/';
  compressor: string | undefined;
}

/**
 * An array of a zarr hierarchy (format 2), whose chunks are keys of their own.
 * @param key of the array
 * @returns undefined where there is none
 * @throws InputError when its description does not hold
 */
export async function openZarrArray(store: ZarrStore, key: string): Promise<StoredArray | undefined> {
  const bytes = await store.get(`${key}/.zarray`, MOST_JSON_BYTES);
  if (!bytes) return undefined;
  const description = describe(store.place, `${key}/.zarray`, bytes);
  const outline = {
    place: store.place,
    name: key,
    shape: description.shape,
    type: typeOf(description),
    pieceShape: description.chunks,
    stamp: () => store.stamp(`${key}/.zarray`),
  };
  // Its type says why it is not read; other arrays of the store may be.
  if (!Object.hasOwn(UNPACKED_TYPES, outline.type)) return { ...outline, readPiece: async () => undefined };
  const { open } = await loadZarr();
  let found = false;
  const chunks = {
    async get(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
      if (path === '/.zarray') return bytes;
      if (path === '/.zattrs') return undefined;
      const chunk = await store.get(`${key}${path}`, packedBytes(description));
      found = chunk !== undefined;
      return chunk;
    },
  };
  const array = await open.v2(chunks, { kind: 'array' }).catch((error: unknown) => {
    throw new InputError(store.place, `${key}/.zarray`, `expected a zarr array (${reason(error)})`, {
      cause: error,
    });
  });
  const expected = product(description.chunks);
  const keyOf = (index: readonly number[]) => `${key}/${index.join(description.separator)}`;
  const fill = array.fillValue;
  return {
    ...outline,
    ...((typeof fill === 'number' || typeof fill === 'bigint') && { fillValue: fill }),
    ...(store.grows && { pieceStamp: (index) => store.stamp(keyOf(index)) }),
    async readPiece(index): Promise<StoredPiece | undefined> {
      found = false;
      try {
        const { data, stride } = await array.getChunk([...index]);
        if (!found) return undefined;
        const samples = data as unknown as StoredSamples;
        if (samples.length !== expected)
          throw new InputError(
            store.place,
            keyOf(index),
            `expected ${expected} samples, found ${samples.length}`,
          );
        return { samples, strides: stride };
      } catch (error) {
        if (error instanceof InputError) throw error;
        throw new InputError(store.place, keyOf(index), `expected a complete chunk (${reason(error)})`, {
          cause: error,
        });
      }
    },
  };
}

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/** What a codec says comes wrapped in what the library says. */
function reason(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Error) return reason(cause);
  return (error instanceof Error ? error.message : String(error)).split('\n')[0].slice(0, 120);
}

/** What does not get smaller by compression gets a little larger. */
const packedBytes = ({ chunks, dtype }: ArrayDescription): number =>
  Math.ceil(1.05 * product(chunks) * (Number(/\d+$/.exec(dtype)?.[0]) || 1)) + 2 ** 16;

let library: Promise<typeof import('zarrita')> | undefined;

/** The zarr library, loaded when the first array is opened. */
function loadZarr(): Promise<typeof import('zarrita')> {
  library ??= import('zarrita').then((loaded) => {
    boundCodecs(loaded.registry as CodecTable);
    return loaded;
  });
  return library;
}

function describe(place: string, field: string, bytes: Uint8Array): ArrayDescription {
  const wrong = (expected: string, found: unknown) =>
    new InputError(
      place,
      field,
      `expected ${expected}, found ${JSON.stringify(found)?.slice(0, 60) ?? 'none'}`,
    );
  const json = parseJson(bytes);
  if (!json) throw wrong('JSON', Buffer.from(bytes.subarray(0, 40)).toString('latin1'));
  const { zarr_format, shape, chunks, dtype, compressor, dimension_separator: separator = '.' } = json;
  if (zarr_format !== 2) throw wrong('zarr_format 2', zarr_format);
  const isSizes = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 1);
  if (!isSizes(shape)) throw wrong('a shape of whole numbers above 0', shape);
  if (!isSizes(chunks) || chunks.length !== shape.length)
    throw wrong(`chunks of ${shape.length} axes`, chunks);
  if (typeof dtype !== 'string' || dtype.length > MOST_DTYPE_CHARACTERS)
    throw wrong('a dtype of plain numbers', dtype);
  if (separator !== '.' && separator !== '/') throw wrong('dimension_separator "." or "/"', separator);
  const bytesPerChunk = product(chunks) * (Number(/\d+$/.exec(dtype)?.[0]) || 1);
  if (bytesPerChunk > MOST_CHUNK_BYTES) throw wrong(`chunks of at most ${MOST_CHUNK_BYTES} bytes`, chunks);
  const id =
    typeof compressor === 'object' && compressor !== null ? (compressor as { id?: unknown }).id : undefined;
  return { shape, chunks, dtype, separator, compressor: id === undefined ? undefined : String(id) };
}

function typeOf({ dtype, compressor }: ArrayDescription): string {
  if (compressor !== undefined && !COMPRESSORS.includes(compressor))
    return `samples compressed by ${compressor}, where ${COMPRESSORS.join(', ')} or none can be read`;
  const [, kind, size] = /^[<>|]([a-zA-Z])(\d+)$/.exec(dtype) ?? [];
  if (kind === 'i' || kind === 'u' || kind === 'f') return `${kind}${Number(size) * 8}`;
  return kind === 'c' ? 'complex numbers' : kind === 'b' ? 'truth values' : dtype;
}
