import { join } from 'node:path';
import { parseEdges, pixelCount } from '../../protocol/index.ts';
import { openCube } from '../../server/formats/cube-reader.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { simulate } from '../../server/microscope/simulate.ts';
import { watchPath } from '../../server/sources/directory.ts';
import { createMonitor, followToEnd } from '../support/analyse.ts';
import type { Figure } from './run.ts';

/** `analyse` of the simulated anode, three edges, from opening the file to the final maps; beside it, reading alone. */
export async function analysis(folder: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const side of [128, 256]) {
    const scans = join(folder, `anode-${side}`);
    await simulate(scans, { shape: [side, side], seed: 1, lowLoss: false });
    const path = join(scans, 'simulated-anode.rpl');
    const reading = await readAlone(path);
    const started = performance.now();
    const monitor = createMonitor(parseEdges('Si-L,C-K,O-K'), { live: false });
    await followToEnd(monitor, watchPath(path, { once: true }));
    const rate = (1000 * side * side) / (performance.now() - started);
    await monitor.close();
    figures.push({ name: `read ${side}² × 1024 u16`, value: reading, unit: 'spectra/s' });
    figures.push({
      name: `analyse ${side}², 3 edges, final maps`,
      value: rate,
      unit: 'spectra/s',
      ratio: { of: 'reading alone', value: rate / reading },
    });
  }
  return figures;
}

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
