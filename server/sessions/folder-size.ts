import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that a folder takes on the disk: files of samples have holes where nothing was measured. */
export async function folderSize(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) {
      // It may be gone by now.
      const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
      bytes += (found?.blocks ?? 0) * 512;
    }
  return bytes;
}
