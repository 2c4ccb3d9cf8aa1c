import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SESSION_FILE } from '../../server/sessions/session-files.ts';
import { CHANNELS, normals, spectrum } from '../support/synthetic-cube.ts';

export const [ROWS, COLUMNS] = [40, 12];

/** Rows of a scan of ROWS × COLUMNS, f32. */
export function rowsOf(seed: number): Uint8Array[] {
  const normal = normals(seed);
  return Array.from({ length: ROWS }, () => {
    const samples = new Float32Array(COLUMNS * CHANNELS);
    for (let x = 0; x < COLUMNS; x++)
      samples.set(spectrum(normal, { jump: x < COLUMNS / 2 ? 2 : 1 }), x * CHANNELS);
    return new Uint8Array(samples.buffer);
  });
}

/** Names of the sessions in a folder of recordings; a kill at the very begin leaves an empty folder, which is removed later. */
export const sessionsIn = (record: string): string[] =>
  readdirSync(record).filter((name) => existsSync(join(record, name, SESSION_FILE)));

/** Of every map in a folder of results. */
export function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  for (const name of names.filter((each) => each.endsWith('.npy')).sort())
    hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}
