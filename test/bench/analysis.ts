import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pixelCount } from '../../protocol/index.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { CliRun } from '../support/cli.ts';
import { writeAnode } from './anode.ts';
import { byLibraries } from './libraries.ts';
import { byOfflinePython } from './offline.ts';
import { placing } from './placing.ts';
import type { Figure } from './run.ts';

/** Sides of the square scans; `SIDES=64,1024 npm run bench -- analysis` for others. */
const SIDES = (process.env.SIDES ?? '64,128,256,512').split(',').map(Number);
/** A scan's part that slower programs are measured on. */
const PART_SIDE = 64;
/** A scan that models are fitted on before its spectra are placed under them. */
const PLACING_SIDE = 256;
interface Run {
  seconds: number;
  cpuSeconds: number;
  peakRssMb: number;
}

/** `analyse` of the simulated anode, three edges, from opening the file to the final maps, beside what others need. */
export async function analysis(folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  const part = await writeAnode(join(folder, 'part'), PART_SIDE);
  const others = [await byLibraries(part), ...(await byOfflinePython(part))];
  for (const { name, cpuMicroseconds } of others)
    figures.push({ name: `${name}, ${PART_SIDE}²`, value: cpuMicroseconds, unit: 'µs CPU/spectrum' });
  let smaller: { pixels: number; cpuSeconds: number } | undefined;
  for (const side of SIDES) {
    const path = await writeAnode(join(folder, `anode-${side}`), side);
    const pixels = side * side;
    const reading = await readAlone(path);
    const run = await analyse(path, join(folder, `out-${side}`));
    const name = `analyse ${side}²`;
    const rate = pixels / run.seconds;
    figures.push({ name: `read ${side}² × 1024 u16`, value: reading, unit: 'spectra/s' });
    figures.push({
      name,
      value: rate,
      unit: 'spectra/s',
      ratio: { of: 'reading alone', value: rate / reading },
    });
    const each = (1e6 * run.cpuSeconds) / pixels;
    figures.push({ name: `${name}, CPU`, value: each, unit: 'µs CPU/spectrum' });
    for (const other of others)
      figures.push({
        name: `${name}, CPU against ${other.name}`,
        value: other.cpuMicroseconds / each,
        unit: '× less',
      });
    // What a spectrum costs beyond the fits, which do not grow with the scan.
    if (smaller)
      figures.push({
        name: `${name}, CPU of each spectrum more than ${Math.sqrt(smaller.pixels)}²`,
        value: (1e6 * (run.cpuSeconds - smaller.cpuSeconds)) / (pixels - smaller.pixels),
        unit: 'µs CPU/spectrum',
      });
    figures.push({ name: `${name}, peak resident memory`, value: run.peakRssMb, unit: 'MB' });
    smaller = { pixels, cpuSeconds: run.cpuSeconds };
  }
  const each = await placing(await writeAnode(join(folder, 'placing'), PLACING_SIDE));
  const name = 'place under fixed models, three edges';
  figures.push({ name: `${name}, CPU`, value: each, unit: 'µs CPU/spectrum' });
  figures.push({ name: `${name}, on two cores`, value: 2e6 / each, unit: 'spectra/s' });
  return figures;
}

/** The command as a user gives it, in a process of its own. */
async function analyse(path: string, out: string): Promise<Run> {
  const started = performance.now();
  const run = new CliRun(['analyse', path, '--out', out, '--json']);
  if ((await run.ended()) !== 0) throw new Error(`analyse ${path}: ${run.stderr}`);
  const seconds = (performance.now() - started) / 1000;
  const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as {
    cpuSeconds: number;
    peakRssBytes: number;
  };
  return { seconds, cpuSeconds: summary.cpuSeconds, peakRssMb: summary.peakRssBytes / 2 ** 20 };
}

/** Spectra per second. */
async function readAlone(path: string): Promise<number> {
  const { scan, core } = await openScanFile(path);
  const reader = await openCube(core);
  const spectra = new Float32Array(256 * scan.channels);
  const started = performance.now();
  for (let first = 0; first < pixelCount(scan); first += 256)
    await reader.read(first, Math.min(256, pixelCount(scan) - first), 0, scan.channels, spectra);
  const seconds = (performance.now() - started) / 1000;
  await reader.close();
  return pixelCount(scan) / seconds;
}
