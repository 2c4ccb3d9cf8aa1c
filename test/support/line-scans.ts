import { join } from 'node:path';
import { type Dataset, File, type Group, ready } from 'h5wasm/node';
import type { EnergyAxis } from '../../protocol/index.ts';
import { createRippleWriter } from '../../server/formats/ripple-writer.ts';
import { measuredData } from './measured-data.ts';

/** Measured line scans (NIST): oxide films of LSMO, the second on STO, each with its low loss. */
export const LINE_SCANS = ['LSMO_linescan', 'LSMO_STO_linescan'] as const;
export type LineScan = (typeof LINE_SCANS)[number];
const pathOf = (name: string) => `nist-linescans/${name}.hdf5`;
export const LINE_SCAN_FILES = LINE_SCANS.flatMap((name) => [pathOf(name), pathOf(`${name}_low_loss`)]);

/** Writes a line scan with its low loss as a Ripple file of one row, and returns the path. */
export async function writeLineScan(folder: string, name: LineScan): Promise<string> {
  const stem = join(folder, name);
  await writeRow(`${stem}.low-loss`, await readLine(`${name}_low_loss`));
  await writeRow(stem, await readLine(name));
  return `${stem}.rpl`;
}

interface Line {
  pixels: number;
  channels: number;
  energy: EnergyAxis;
  samples: Float32Array;
}

/** The only experiment of a file in HyperSpy's layout: pixels × channels. */
async function readLine(name: string): Promise<Line> {
  await ready;
  const file = new File(measuredData(pathOf(name)) as string, 'r');
  try {
    const experiments = file.get('Experiments') as Group;
    const experiment = experiments.get(experiments.keys()[0]) as Group;
    const data = experiment.get('data') as Dataset;
    const { offset, scale } = (experiment.get('axis-1') as Group).attrs;
    const [pixels, channels] = data.shape as [number, number];
    return {
      pixels,
      channels,
      energy: { offset: Number(offset.value), dispersion: Number(scale.value), units: 'eV' },
      samples: Float32Array.from(data.value as Float32Array),
    };
  } finally {
    file.close();
  }
}

async function writeRow(stem: string, { pixels, channels, energy, samples }: Line): Promise<void> {
  const writer = await createRippleWriter(stem, { shape: [1, pixels], channels, energy, dtype: 'f32' });
  await writer.append(new Uint8Array(samples.buffer));
  await writer.close();
}
