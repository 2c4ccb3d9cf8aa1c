import { readFileSync, statSync } from 'node:fs';
import { InputError } from '../../../protocol/index.ts';
import { notAFile, openRegularFile } from '../files/regular-file.ts';
import { inputFault } from '../input-fault.ts';

/**
 * Reads a whole text file.
 * @param most bytes: what is larger is refused before any of it is read
 * @throws InputError when it cannot be read
 */
export async function readTextFile(path: string, most: number): Promise<string> {
  try {
    const file = await openRegularFile(path);
    try {
      const { size } = await file.stat();
      checkSize(path, size, most);
      const bytes = Buffer.alloc(size);
      const { bytesRead } = await file.read(bytes, 0, size, 0);
      return decodeText(bytes.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw inputFault(error, path);
  }
}

/** As `readTextFile`, for what is read before anything else runs. */
export function readTextFileSync(path: string, most: number): string {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw notAFile(path);
    checkSize(path, found.size, most);
    return decodeText(readFileSync(path));
  } catch (error) {
    throw inputFault(error, path);
  }
}

function checkSize(path: string, size: number, most: number): void {
  if (size > most)
    throw new InputError(path, 'size', `expected at most ${most} bytes of text, found ${size}`);
}

/** UTF-8, UTF-16 where a byte order mark says so, else Latin-1, as older writers use it for µm and Å. Marks are left out. */
function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
      .swap16()
      .toString('utf16le');
  const text = bytes.toString('utf8');
  if (text.includes('\ufffd')) return bytes.toString('latin1');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** The lines of a text one by one, with their numbers from 1 on; they end by LF, CR LF or CR. */
export function* linesOf(text: string): Generator<{ line: string; number: number }> {
  let number = 1;
  let start = 0;
  for (const { index, 0: end } of text.matchAll(/\r\n?|\n/g)) {
    yield { line: text.slice(start, index), number: number++ };
    start = index + end.length;
  }
  yield { line: text.slice(start), number };
}
