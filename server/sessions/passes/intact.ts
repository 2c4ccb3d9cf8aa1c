import type { FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { WrittenSpan } from './write-ledger.ts';

/** Bytes that are read at once. */
const PIECE = 4 * 2 ** 20;

/**
 * Whether the samples of a span are those that were written.
 * @param files of the core and, where it is recorded, the low loss, with the bytes of a spectrum in each
 */
export async function isIntact(
  { first, end, checksums }: WrittenSpan,
  files: readonly { file: FileHandle; size: number }[],
): Promise<boolean> {
  for (const [index, { file, size }] of files.entries()) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE, (end - first) * size));
    let checksum = 0;
    for (let at = first * size; at < end * size; ) {
      const { bytesRead } = await file.read(piece, 0, Math.min(piece.length, end * size - at), at);
      if (bytesRead === 0) return false;
      checksum = crc32(piece.subarray(0, bytesRead), checksum);
      at += bytesRead;
    }
    if (checksum !== checksums[index]) return false;
  }
  return true;
}
