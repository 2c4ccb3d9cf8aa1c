import { InputError } from '../../../protocol/index.ts';
import { stampTextOf } from '../files/file-stamp.ts';
import { type NpyHeader, parseNpyHeader } from '../numpy/npy-header.ts';
import { swapToPlatform } from '../reading/sample-view.ts';
import type { StoredArray, StoredPiece, StoredSamples } from '../signals/stored-signal.ts';
import type { ZipFile, ZipPieces } from './zip-file.ts';

/** NumPy's header of a plain array; those of records are longer. */
const MOST_HEADER_BYTES = 64 * 1024;
/** Bytes of a piece: what is in memory at once. */
const PIECE_BYTES = 2 ** 20;
/** The samples of one place along the slowest axis; more do not fit into memory. */
const MOST_SLAB_BYTES = 2 ** 29;
/** Deflate makes nothing smaller than a 1032nd of itself. */
const MOST_DEFLATION = 1100;

/** NumPy's letters, what they are called here, and what holds them. */
const TYPES = {
  i1: ['i8', Int8Array],
  u1: ['u8', Uint8Array],
  i2: ['i16', Int16Array],
  u2: ['u16', Uint16Array],
  i4: ['i32', Int32Array],
  u4: ['u32', Uint32Array],
  i8: ['i64', BigInt64Array],
  u8: ['u64', BigUint64Array],
  f4: ['f32', Float32Array],
  f8: ['f64', Float64Array],
} as const;

const typeOf = (descriptor: string) =>
  Object.hasOwn(TYPES, descriptor.slice(1)) ? TYPES[descriptor.slice(1) as keyof typeof TYPES] : undefined;

const product = (sizes: readonly number[]): number => sizes.reduce((all, size) => all * size, 1);

/**
 * An array of NumPy (`.npy`) in a zip file, stored or deflated, in either order of axes. It is read from its beginning to its end, a few places
 * along its slowest axis at a time: that is how the file has it.
 * @throws InputError when there is none of that name, its header does not hold, or it has another size than its header says
 */
export async function zippedArray(zip: ZipFile, name: string): Promise<StoredArray> {
  const header = parseNpyHeader(await beginning(zip, name), `${zip.place}: ${name}`);
  const { shape, descriptor } = header;
  const [type, Samples] = typeOf(descriptor) ?? [descriptor, undefined];
  const sizes = zip.sizes(name) ?? { unpacked: 0, packed: 0 };
  const bytes = header.bytes + product(shape) * (Samples?.BYTES_PER_ELEMENT ?? 0);
  if (Samples && sizes.unpacked !== bytes)
    throw new InputError(
      zip.place,
      name,
      `expected ${bytes} bytes for ${shape.join(' × ')} of ${type}, found ${sizes.unpacked}`,
    );
  if (sizes.unpacked > MOST_HEADER_BYTES + MOST_DEFLATION * sizes.packed)
    throw new InputError(
      zip.place,
      name,
      `expected at most ${MOST_DEFLATION} times its ${sizes.packed} packed bytes, found ${sizes.unpacked}`,
    );
  return new ZippedArray(zip, name, header);
}

/** As much of an entry as its header may take. */
async function beginning(zip: ZipFile, name: string): Promise<Uint8Array> {
  const pieces = await zip.pieces(name);
  const parts: Uint8Array[] = [];
  try {
    for (let length = 0; length < MOST_HEADER_BYTES; ) {
      const part = await pieces.read();
      if (!part) break;
      parts.push(part.subarray(0, MOST_HEADER_BYTES - length));
      length += part.length;
    }
  } finally {
    await pieces.close();
  }
  return Buffer.concat(parts);
}

class ZippedArray implements StoredArray {
  readonly place: string;
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  readonly pieceShape: readonly number[];
  readonly #header: NpyHeader;
  readonly #strides: readonly number[];
  readonly #bytes: ForwardBytes;

  constructor(zip: ZipFile, name: string, header: NpyHeader) {
    const { shape, fortranOrder, descriptor } = header;
    const [type, Samples] = typeOf(descriptor) ?? [descriptor, undefined];
    this.place = zip.place;
    this.name = name;
    this.shape = shape;
    this.#header = header;
    this.#bytes = new ForwardBytes(zip, name);
    this.#strides = shape.map((_, axis) =>
      product(fortranOrder ? shape.slice(0, axis) : shape.slice(axis + 1)),
    );
    const slowest = fortranOrder
      ? shape.findLastIndex((size) => size > 1)
      : shape.findIndex((size) => size > 1);
    const slab = (this.#strides[slowest] ?? 1) * (Samples?.BYTES_PER_ELEMENT ?? 1);
    this.type =
      slab > MOST_SLAB_BYTES ? `parts of ${slab} bytes, where ${MOST_SLAB_BYTES} can be read` : type;
    this.pieceShape = shape.map((size, axis) =>
      axis === slowest ? Math.max(1, Math.min(size, Math.floor(PIECE_BYTES / slab))) : size,
    );
  }

  stamp(): Promise<string | undefined> {
    return stampTextOf(this.place);
  }

  async readPiece(index: readonly number[]): Promise<StoredPiece> {
    const { descriptor, bytes: headerBytes } = this.#header;
    const Samples = typeOf(descriptor)?.[1];
    if (!Samples) throw new InputError(this.place, this.name, `expected real numbers, found ${descriptor}`);
    const start = index.map((at, axis) => at * this.pieceShape[axis]);
    const first = start.reduce((sum, at, axis) => sum + at * this.#strides[axis], 0);
    const count = product(start.map((at, axis) => Math.min(this.pieceShape[axis], this.shape[axis] - at)));
    const size = Samples.BYTES_PER_ELEMENT;
    const bytes = await this.#bytes.read(headerBytes + first * size, count * size);
    swapToPlatform(bytes, size, !descriptor.startsWith('>'));
    const samples: StoredSamples = new Samples(bytes.buffer, bytes.byteOffset, count);
    return { samples, strides: this.#strides };
  }
}

/** Bytes of an entry at any place; those further ahead are quick to reach, for those behind it begins again. */
class ForwardBytes {
  readonly #zip: ZipFile;
  readonly #name: string;
  #pieces: ZipPieces | undefined;
  #rest: Uint8Array = new Uint8Array(0);
  /** Where `#rest` begins. */
  #position = 0;

  constructor(zip: ZipFile, name: string) {
    this.#zip = zip;
    this.#name = name;
  }

  async read(start: number, length: number): Promise<Buffer<ArrayBuffer>> {
    if (start < this.#position || !this.#pieces) {
      await this.#pieces?.close();
      this.#pieces = await this.#zip.pieces(this.#name);
      this.#position = 0;
      this.#rest = new Uint8Array(0);
    }
    const out = Buffer.from(new ArrayBuffer(length));
    for (let done = 0; done < length; ) {
      const skipped = Math.min(this.#rest.length, start + done - this.#position);
      const part = this.#rest.subarray(skipped, skipped + length - done);
      out.set(part, done);
      done += part.length;
      this.#position += skipped + part.length;
      this.#rest = this.#rest.subarray(skipped + part.length);
      if (done === length) break;
      const next = await this.#pieces.read();
      if (!next)
        throw new InputError(
          this.#zip.place,
          this.#name,
          `expected ${start + length} bytes, found ${this.#position}`,
        );
      this.#rest = next;
    }
    return out;
  }
}
