import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Enough that a file system that is full has no place for it. */
const PROBE_BYTES = 64 * 1024;

/**
 * Writes a file into a folder and removes it.
 * @throws Error of the file system
 */
export async function probeFolder(folder: string): Promise<void> {
  const probe = join(folder, `.eelwatch-probe-${process.pid}`);
  try {
    await writeFile(probe, new Uint8Array(PROBE_BYTES), { flag: 'wx' });
  } finally {
    await rm(probe, { force: true });
  }
}
