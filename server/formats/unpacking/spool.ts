import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let ownFolder: Promise<string> | undefined;
let files = 0;

/**
 * Writes values that a file holds as text to where a cube can be read from: into `scratch`, or into a temporary
 * folder that goes when the process ends. The source's own folder is never written to.
 * @returns path of the file of little-endian f32
 */
export async function spoolValues(values: Float32Array, scratch?: string): Promise<string> {
  const path = join(await spoolFolder(scratch), spoolName('f32'));
  await writeFile(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return path;
}

/** A name that no other file of the folder has. */
export const spoolName = (suffix: string): string => `values-${process.pid}-${files++}.${suffix}`;

/** Where spooled values go: `scratch`, or the temporary folder of this process. */
export async function spoolFolder(scratch?: string): Promise<string> {
  if (scratch !== undefined) return scratch;
  ownFolder ??= temporaryFolder();
  return ownFolder;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-values-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
