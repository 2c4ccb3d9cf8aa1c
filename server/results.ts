import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClassSpectra } from '../protocol/index.ts';
import { encodeNpy } from './formats/numpy.ts';
import type { ScanRun } from './pipeline/scan-run.ts';
import { summarise } from './pipeline/summary.ts';
import { sessionFiles } from './sessions/session-files.ts';

type Samples = Float32Array | Int16Array;

/** Writes everything `analyse --out` promises (see the README) into `directory`, which is created where missing. */
export async function writeResults(directory: string, run: ScanRun, version: string): Promise<void> {
  const [rows, columns] = run.scan.shape;
  const write = async (path: string, data: Samples, shape: number[]) =>
    writeFile(join(directory, path), encodeNpy(data.slice(), shape));
  await mkdir(join(directory, 'information'), { recursive: true });
  await writeJson(join(directory, 'summary.json'), summarise(run, version));
  const { thickness, counts } = run.layers.survey;
  await write('counts.npy', counts, [rows, columns]);
  const sum = run.topics.get('sum-spectrum');
  if (sum?.type === 'sum-spectrum' && sum.zeroLoss) await write('thickness.npy', thickness, [rows, columns]);
  // One of an earlier run would be taken for this one's.
  else await rm(join(directory, 'thickness.npy'), { force: true });
  for (const [name, maps] of run.layers.edges) {
    await mkdir(join(directory, name), { recursive: true });
    await write(join(name, 'labels.npy'), maps.labels, [rows, columns]);
    await write(join(name, 'intensity.npy'), maps.intensity, [rows, columns]);
    await write(join(name, 'snr.npy'), maps.snr, [rows, columns]);
    await write(join(name, 'embedding.npy'), maps.embedding, [rows, columns, 2]);
    await write(join(name, 'uncertainty.npy'), maps.uncertainty, [rows, columns]);
    await write(join(name, 'novelty.npy'), maps.novelty, [rows, columns]);
    await write(join(name, 'flags.npy'), maps.flags, [rows, columns]);
    await writeClasses(directory, run, name, write);
  }
  for (const table of run.topics.values()) {
    if (table.type !== 'information') continue;
    const maps = run.layers.ofPair(table.a, table.b);
    if (!maps) continue;
    const name = `${table.a}~${table.b}`;
    await writeJson(join(directory, 'information', `${name}.json`), table);
    await write(join('information', `${name}.npy`), maps.pointwise.data, [rows, columns]);
    await write(join('information', `${name}-local.npy`), maps.local.data, [rows, columns]);
  }
}

async function writeClasses(
  directory: string,
  run: ScanRun,
  name: string,
  write: (path: string, data: Samples, shape: number[]) => Promise<void>,
): Promise<void> {
  const centres = run.edges.find(({ edge }) => edge.name === name)?.centres ?? [];
  await write(join(name, 'centroids.npy'), Float32Array.from(centres.flat()), [centres.length, 2]);
  const topic = run.topics.get(`class-spectra/${name}`) as ClassSpectra | undefined;
  if (!topic) return;
  const channels = topic.spectra[0]?.mean.length ?? 0;
  const means = Float32Array.from(topic.spectra.flatMap(({ mean }) => mean));
  const energy = Float32Array.from(
    { length: channels },
    (_, i) => topic.energy.offset + topic.energy.dispersion * i,
  );
  await write(join(name, 'mean-spectra.npy'), means, [topic.spectra.length, channels]);
  await writeFile(join(directory, name, 'energy.npy'), encodeNpy(energy, [channels]));
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Writes the final maps of a recorded scan into its session, in place of those of an earlier end as a whole. */
export async function keepResults(session: string, run: ScanRun, version: string): Promise<void> {
  const folder = sessionFiles(session).results;
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await writeResults(draft, run, version);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
}
