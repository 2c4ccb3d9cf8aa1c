import { join } from 'node:path';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import { CliRun } from '../../support/cli.ts';
import { AXIS, CHANNELS } from '../../support/synthetic-cube.ts';
import { COLUMNS, digestOf, ROWS, rowsOf } from '../small-scan.ts';
import { inFolder } from './temporary-folder.ts';

/** What the scan that is watched or pushed is analysed for. */
export const EDGES = ['--edges', 'Ti-L'];
export const HEADER = {
  shape: [ROWS, COLUMNS] as [number, number],
  channels: CHANNELS,
  dtype: 'f32' as const,
  energy: AXIS,
};

/** Writes `rows` one after the other. @param between is awaited after each */
export async function writeRows(
  stem: string,
  rows: readonly Uint8Array[],
  between: (row: number) => Promise<void> | void = () => {},
): Promise<void> {
  const writer = await createRippleWriter(stem, HEADER);
  for (const [row, samples] of rows.entries()) {
    await writer.append(samples);
    await between(row);
  }
  await writer.close();
}

const known = new Map<string, Promise<string>>();

/** Digest of the final maps of the scan of a seed, or of the first rows of it, when nothing disturbs. */
export function undisturbed(seed: number, rows = ROWS): Promise<string> {
  const key = `${seed}/${rows}`;
  const digest = known.get(key) ?? mapsOf(rowsOf(seed).slice(0, rows));
  known.set(key, digest);
  return digest;
}

/** Digest of the maps that `analyse` makes of rows. */
export const mapsOf = (rows: readonly Uint8Array[]): Promise<string> =>
  inFolder(async (root) => {
    await writeRows(join(root, 'scan'), rows);
    const out = join(root, 'out');
    const run = new CliRun(['analyse', join(root, 'scan.rpl'), ...EDGES, '--out', out]);
    if ((await run.ended()) !== 0) throw new Error(`the undisturbed run fails: ${run.stderr}`);
    return digestOf(out);
  });
