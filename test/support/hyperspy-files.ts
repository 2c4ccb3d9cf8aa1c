import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { unzip } from 'unzipit';

export interface HyperspyFile {
  /** gzip in base64; of a folder its zip file. */
  file: string;
  folder: boolean;
  shape: [number, number];
  channels: number;
  offset: number;
  dispersion: number;
  /** y, x, energy. */
  values: number[];
  beamKv: number | null;
  convergenceMrad: number | null;
  collectionMrad: number | null;
  dwellSeconds: number | null;
  lowLoss?: Omit<HyperspyFile, 'file' | 'folder'>;
}

/** Made by test/oracle/hyperspy_files.py: files as HyperSpy writes them, and what it finds in them. */
export const HYPERSPY_FILES: { files: Record<string, HyperspyFile>; refused: Record<string, string> } =
  JSON.parse(readFileSync(new URL('../oracle/hyperspy-files.json', import.meta.url), 'utf8'));

export const contentOf = (packed: string): Buffer => gunzipSync(Buffer.from(packed, 'base64'));

/** Files of a folder that was packed as a zip file, by their paths below it. */
export async function unzipped(packed: string): Promise<Map<string, Buffer>> {
  const bytes = contentOf(packed);
  const { entries } = await unzip(new Uint8Array(bytes));
  const files = new Map<string, Buffer>();
  for (const [name, entry] of Object.entries(entries))
    files.set(name, Buffer.from(await entry.arrayBuffer()));
  return files;
}

/** Writes one of the files into a folder, and returns its path. */
export async function writeHyperspyFile(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  const { file, folder: isFolder } = HYPERSPY_FILES.files[name];
  if (!isFolder) {
    await writeFile(path, contentOf(file));
    return path;
  }
  for (const [part, bytes] of await unzipped(file)) await writePart(path, part, bytes);
  return path;
}

export async function writePart(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
