import { promisify } from 'node:util';
import { unzip } from 'node:zlib';

/** What a decompressor of zarr chunks has to offer. */
interface Codec {
  decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array>;
}
interface CodecClass {
  fromConfig(configuration: unknown, chunk: unknown): Codec;
}
/** The library's table of codecs, by name. */
export type CodecTable = Map<string, () => unknown>;

/** What the library tells a codec of its chunks. */
interface ChunkShape {
  shape: readonly number[];
  dataType: string;
}

const inflate = promisify(unzip);

/** How large a chunk says that it becomes; undefined where it does not say. Compressed bytes come first. */
const ANNOUNCED: Record<string, (chunk: DataView) => number | undefined> = {
  blosc: (chunk) =>
    chunk.byteLength >= 16 && chunk.getUint32(12, true) === chunk.byteLength
      ? chunk.getUint32(4, true)
      : undefined,
  lz4: (chunk) => (chunk.byteLength >= 4 ? chunk.getUint32(0, true) : undefined),
  zstd: zstdContentSize,
};

/**
 * Puts codecs into the library's table that unpack no more than a chunk of the array holds: a chunk of a kilobyte may say, or turn out, to
 * become gigabytes. gzip and zlib do not say how large they become, and are stopped there.
 */
export function boundCodecs(table: CodecTable): void {
  for (const name of ['numcodecs.gzip', 'numcodecs.zlib']) table.set(name, () => Inflate);
  for (const [id, announced] of Object.entries(ANNOUNCED)) {
    const name = `numcodecs.${id}`;
    const load = table.get(name);
    if (load) table.set(name, async () => checked((await load()) as CodecClass, announced));
  }
}

class Inflate {
  static readonly kind = 'bytes_to_bytes';
  readonly kind = Inflate.kind;
  readonly #bytes: number;

  private constructor(bytes: number) {
    this.#bytes = bytes;
  }

  static fromConfig(_configuration: unknown, chunk: ChunkShape): Inflate {
    return new Inflate(chunkBytes(chunk));
  }

  async decode(bytes: Uint8Array): Promise<Uint8Array> {
    const unpacked = await inflate(bytes, { maxOutputLength: this.#bytes });
    return new Uint8Array(unpacked);
  }
}

function checked(inner: CodecClass, announced: (chunk: DataView) => number | undefined) {
  return {
    kind: 'bytes_to_bytes',
    fromConfig(configuration: unknown, chunk: ChunkShape) {
      const codec = inner.fromConfig(configuration, chunk);
      const most = chunkBytes(chunk);
      return {
        kind: 'bytes_to_bytes',
        decode(bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
          const size = announced(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
          if (size !== most)
            throw new RangeError(`${most} bytes when unpacked, found ${size ?? 'none that it says'}`);
          return codec.decode(bytes);
        },
      };
    },
  };
}

/** `uint16` has two bytes, `bool` one. */
const chunkBytes = ({ shape, dataType }: ChunkShape): number =>
  shape.reduce((product, size) => product * size, (Number(/\d+$/.exec(dataType)?.[0]) || 8) / 8);

/** The content size in the header of a zstd frame (RFC 8878, 3.1.1). */
function zstdContentSize(frame: DataView): number | undefined {
  if (frame.byteLength < 18 || frame.getUint32(0, true) !== 0xfd2fb528) return undefined;
  const descriptor = frame.getUint8(4);
  const isSingle = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  switch (descriptor >> 6) {
    case 0:
      return isSingle ? frame.getUint8(at) : undefined;
    case 1:
      return frame.getUint16(at, true) + 256;
    case 2:
      return frame.getUint32(at, true);
    default:
      return Number(frame.getBigUint64(at, true));
  }
}
