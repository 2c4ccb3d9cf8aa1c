import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const compress = promisify(deflate);

/** Red, green, blue, opacity; 0–255. */
export type Rgba = readonly [number, number, number, number];

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/**
 * A picture of at most 256 colours as PNG (ISO/IEC 15948: colour type 3, 8 bits, no filter).
 * @param indices `height * width` indices into `palette`, row by row
 * @throws RangeError when the indices do not fill the picture or the palette is empty or too large
 */
export async function encodePng(
  indices: Uint8Array,
  width: number,
  height: number,
  palette: readonly Rgba[],
): Promise<Uint8Array<ArrayBuffer>> {
  if (indices.length !== width * height || width < 1 || height < 1)
    throw new RangeError(`picture of ${width} × ${height} with ${indices.length} pixels`);
  if (palette.length < 1 || palette.length > 256)
    throw new RangeError(`palette of ${palette.length} colours`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  // Every row begins with its filter, 0 = none: filters do not help with indices.
  const rows = Buffer.alloc(height * (width + 1));
  for (let row = 0; row < height; row++)
    rows.set(indices.subarray(row * width, (row + 1) * width), row * (width + 1) + 1);
  const parts = [
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flatMap((colour) => colour.slice(0, 3)))),
    chunk('tRNS', Buffer.from(palette.map((colour) => colour[3]))),
    chunk('IDAT', await compress(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}
