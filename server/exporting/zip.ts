import { createReadStream } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate';
import { InputError } from '../../protocol/index.ts';

/** What a ZIP archive holds without the extension for larger ones. */
const MOST_BYTES = 2 ** 32 - 2 ** 24;
/** Files of samples and tables shrink; the others are compressed already. */
const SHRINKS = /\.(raw|csv|rpl)$/;

/**
 * Packs all that lies in a folder. A part at a time goes through memory.
 * @throws InputError when it is more than an archive holds
 */
export async function zipFolder(folder: string, path: string): Promise<void> {
  const names: string[] = [];
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    names.push(file.slice(folder.length + 1));
    bytes += (await stat(file)).size;
  }
  if (bytes > MOST_BYTES)
    throw new InputError(path, 'size', `expected at most 4 GB for an archive, found ${bytes} bytes`);
  const archive = await open(path, 'wx');
  try {
    // Parts are made faster than they are written, and gathered until they are.
    let parts: Uint8Array[] = [];
    const zip = new Zip((error, part) => {
      if (error) throw error;
      parts.push(part);
    });
    const write = async () => {
      const made = parts;
      parts = [];
      for (const part of made) await archive.appendFile(part);
    };
    for (const name of names.sort()) {
      const entry = SHRINKS.test(name) ? new ZipDeflate(name, { level: 1 }) : new ZipPassThrough(name);
      zip.add(entry);
      for await (const part of createReadStream(join(folder, name)) as AsyncIterable<Buffer>) {
        entry.push(new Uint8Array(part));
        await write();
      }
      entry.push(new Uint8Array(0), true);
      await write();
    }
    zip.end();
    await write();
  } finally {
    await archive.close();
  }
}
