import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentOf } from './hyperspy-files.ts';
import { oracle } from './oracle.ts';

/** What one of the files holds, as it is to be read. */
interface Contents {
  shape: [number, number];
  channels: number;
  offset: number;
  dispersion: number;
  pixelNm: number | null;
  /** y, x, energy; left out of large files, where it is n · 7 mod 251. */
  values?: number[];
  beamKv: number | null;
  convergenceMrad: number | null;
  collectionMrad: number | null;
  dwellSeconds: number | null;
  lowLoss?: { channels: number; offset: number; dispersion: number; values: number[] };
}

/** Made by test/oracle/nion_and_panta_rhei.py: files after the public descriptions of both formats, packed as those of HyperSpy. */
export const NION_AND_PANTA_RHEI = oracle<{
  files: Record<string, Contents & { file: string }>;
  refused: Record<string, string>;
}>('nion-and-panta-rhei');

/** The bytes of one of the files, read or refused. */
export const contentNamed = (name: string): Buffer =>
  contentOf(NION_AND_PANTA_RHEI.files[name]?.file ?? NION_AND_PANTA_RHEI.refused[name]);

/** Writes one of the files into a folder, and returns its path. */
export async function writeNamed(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, contentNamed(name));
  return path;
}
