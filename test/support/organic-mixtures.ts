import { join } from 'node:path';
import { openScanFile } from '../../server/formats/formats.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';
import { smoothNoise } from '../../server/microscope/smooth-noise.ts';
import { measuredData } from './measured-data.ts';
import { normals } from './synthetic-cube.ts';

/** Measured spectra of the constituents of a calcified tissue in resin (Monier et al.), 173–865 eV. */
export const END_MEMBERS = ['Comp0_Resine', 'Comp1_Calcification', 'Comp2_Orga1', 'Comp5_Orga2'].map(
  (name) => `organic-end-members/${name}.dm4`,
);
export const SHAPE: [number, number] = [60, 60];
export const MIXTURE_EDGES = 'C-K,O-K';
/** Counts per unit of the measured spectra: 700 in a mean channel. */
const COUNTS = 5000;

/** Share of each constituent at a place: smooth, and one of them wins nearly everywhere. */
const FIELDS = END_MEMBERS.map((_, member) => smoothNoise(3, member, 8));
function shares(y: number, x: number): number[] {
  const weights = FIELDS.map((field) => Math.exp(4 * field(x, y)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Largest share of any constituent, and which one it is, of each pixel. */
export const mixture = (): { share: number; member: number }[] =>
  Array.from({ length: SHAPE[0] * SHAPE[1] }, (_, pixel) => {
    const all = shares(Math.floor(pixel / SHAPE[1]), pixel % SHAPE[1]);
    const share = Math.max(...all);
    return { share, member: all.indexOf(share) };
  });

/** Writes a scan that is mixed from the measured spectra, with counting noise, and returns its path. */
export async function writeOrganicMixtures(folder: string): Promise<string> {
  const stem = join(folder, 'organic-mixtures');
  const files = await Promise.all(END_MEMBERS.map((path) => openScanFile(measuredData(path) as string)));
  const { channels, energy } = files[0].scan;
  const members: Float32Array[] = [];
  for (const { core } of files) {
    const reader = await openCube(core);
    const spectrum = new Float32Array(channels);
    await reader.read(0, 1, 0, channels, spectrum);
    await reader.close();
    members.push(spectrum);
  }
  const writer = await createRippleWriter(stem, { shape: SHAPE, channels, energy, dtype: 'u16' });
  const normal = normals(11);
  for (let y = 0; y < SHAPE[0]; y++) {
    const row = new Uint16Array(SHAPE[1] * channels);
    for (let x = 0; x < SHAPE[1]; x++) {
      const parts = shares(y, x);
      for (let i = 0; i < channels; i++) {
        const counts = COUNTS * parts.reduce((sum, part, member) => sum + part * members[member][i], 0);
        // Poisson by its normal limit: there are tens of counts and more.
        row[x * channels + i] = Math.max(0, Math.round(counts + Math.sqrt(Math.max(counts, 0)) * normal()));
      }
    }
    await writer.append(new Uint8Array(row.buffer));
  }
  await writer.close();
  return `${stem}.rpl`;
}
