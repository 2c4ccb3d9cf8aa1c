import { join } from 'node:path';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';
import { readHyperspyLine } from './hyperspy-line.ts';
import { measuredData } from './measured-data.ts';

/** Measured line scans (NIST): oxide films of LSMO, the second on STO, each with its low loss. */
export const LINE_SCANS = ['LSMO_linescan', 'LSMO_STO_linescan'] as const;
export type LineScan = (typeof LINE_SCANS)[number];
const pathOf = (name: string) => `nist-linescans/${name}.hdf5`;
export const LINE_SCAN_FILES = LINE_SCANS.flatMap((name) => [pathOf(name), pathOf(`${name}_low_loss`)]);

/** Writes a line scan with its low loss as a Ripple file of one row, and returns the path. */
export async function writeLineScan(folder: string, name: LineScan): Promise<string> {
  const stem = join(folder, name);
  await writeRow(`${stem}.low-loss`, `${name}_low_loss`);
  await writeRow(stem, name);
  return `${stem}.rpl`;
}

async function writeRow(stem: string, name: string): Promise<void> {
  const { channels, energy, samples } = await readHyperspyLine(measuredData(pathOf(name)) as string);
  const shape: [number, number] = [1, samples.length / channels];
  const writer = await createRippleWriter(stem, { shape, channels, energy, dtype: 'f32' });
  await writer.append(new Uint8Array(samples.buffer));
  await writer.close();
}
