import { basename, join } from 'node:path';
import { BYTES_PER_SAMPLE, InputError, pixelCount, type Scan } from '../../protocol/index.ts';
import { createRippleWriter, type RippleHeader, rippleRawPath } from '../formats/text/ripple-writer.ts';
import { type ExportOptions, writeWhole } from './draft.ts';
import { ExportSteps } from './export-steps.ts';
import type { Exportable, Spectra } from './exportable.ts';
import { samplesOf } from './signal.ts';
import { uniqueNames } from './unique-names.ts';

/** Spectra that are read at once, bytes. */
const BLOCK_BYTES = 4e6;
/** Companion that no scalar signal may be taken for. */
const LOW_LOSS = 'low-loss';

/**
 * Writes counts as a Ripple file, with low loss and scalar signals as its companions (see ../formats/README.md).
 * @param path of the `.rpl`
 * @returns the files
 * @throws InputError where there are no counts
 */
export async function writeRipple(
  path: string,
  content: Exportable,
  options: ExportOptions,
): Promise<string[]> {
  const { scan, counts, lowLoss, maps } = content;
  if (!counts)
    throw new InputError(path, '--to', 'expected counts to export, found maps alone: export the session');
  const stem = path.slice(0, -'.rpl'.length);
  const pixels = pixelCount(scan);
  const cubes: Cube[] = [];
  if (lowLoss) cubes.push(spectraCube(`${stem}.${LOW_LOSS}`, lowLoss));
  const signals = maps.filter(({ layer }) => layer.kind === 'channel');
  const names = uniqueNames([LOW_LOSS, ...signals.map(({ layer }) => signalName(layer.name))], '-').slice(1);
  for (const [index, { data }] of signals.entries())
    cubes.push({
      stem: `${stem}.${names[index]}`,
      header: { channels: 1, dtype: 'f32' },
      read: async (first, count) => data.subarray(first, first + count),
    });
  // The scan last: its header is the sign for readers that all of it is there.
  cubes.push(spectraCube(stem, counts));
  const total = cubes.reduce((bytes, { header }) => bytes + pixels * sizeOf(header), 0);
  const steps = new ExportSteps(total, options.signal, options.progress);
  const files = cubes.flatMap((cube) => [rippleRawPath(cube.stem), `${cube.stem}.rpl`]);
  await writeWhole(files, options, async (folder) => {
    for (const cube of cubes) await writeCube(join(folder, basename(cube.stem)), cube, scan, steps);
  });
  return files;
}

interface Cube {
  stem: string;
  header: Pick<RippleHeader, 'channels' | 'dtype' | 'energy'>;
  read(first: number, count: number): Promise<ArrayLike<number>>;
}

const spectraCube = (stem: string, { channels, dtype, energy, read }: Spectra): Cube => ({
  stem,
  header: { channels, dtype, energy },
  read,
});

const sizeOf = ({ channels, dtype }: Cube['header']): number => channels * BYTES_PER_SAMPLE[dtype];

/** Names of companions hold no dots. */
const signalName = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}_-]+/gu, '_');

async function writeCube(
  stem: string,
  { header, read }: Cube,
  scan: Scan,
  steps: ExportSteps,
): Promise<void> {
  const { shape, name, channels, energy, dtype, lowLoss, ...known } = scan;
  const writer = await createRippleWriter(stem, { ...known, shape, title: name, ...header });
  try {
    const size = sizeOf(header);
    const pixels = pixelCount(scan);
    const most = Math.max(1, Math.floor(BLOCK_BYTES / size));
    for (let first = 0; first < pixels; first += most) {
      const count = Math.min(most, pixels - first);
      const samples = samplesOf(header.dtype, count * header.channels);
      samples.set(await read(first, count));
      await writer.append(new Uint8Array(samples.buffer, 0, samples.byteLength));
      await steps.wrote(samples.byteLength);
    }
  } finally {
    await writer.close();
  }
}
