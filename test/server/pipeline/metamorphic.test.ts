import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdges, pixelCount, type Scan } from '../../../protocol/index.ts';
import { hash32 } from '../../../server/analysis/random.ts';
import { openCube } from '../../../server/formats/cube-reader.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { decodeNpy } from '../../../server/formats/numpy.ts';
import { createRippleWriter } from '../../../server/formats/ripple-writer.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { watchPath } from '../../../server/sources/directory.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';

/** As many classes as there are phases with the edge, so that no decision about their number enters. */
const CLASSES: Record<string, number> = { 'Si-L': 3, 'C-K': 2 };

/**
 * ARI that permuted rows must reach. A plane is made by chance to some degree, and the mean of four still is a little:
 * over twelve cases (three seeds, two doses, two edges) 0.972 on average and 0.856 at worst, of five 0.967 and 0.871.
 */
const PERMUTED = { embedding: 0.965, scores: 0.98 };

/** What must not matter, does not: rows in another order, a specimen that is thicker here than there. */
describe.each(['embedding', 'scores'] as const)(
  'classes in the %s: a simulated anode, changed in ways that change no phase',
  (classesIn) => {
    let folder: string;
    let scan: Scan;
    let spectra: Float32Array;
    let labels: Map<string, number[]>;
    /** Pixels of at least 85 % one phase: borders between phases are anybody's. */
    let pure: number[];

    async function analyse(name: string, changed: Float32Array): Promise<Map<string, number[]>> {
      await mkdir(join(folder, name), { recursive: true });
      const { shape, channels, energy } = scan;
      const writer = await createRippleWriter(join(folder, name, 'scan'), {
        shape,
        channels,
        energy,
        dtype: 'f32',
      });
      await writer.append(new Uint8Array(changed.buffer));
      await writer.close();
      const labelled = new Map<string, number[]>();
      for (const [edge, classes] of Object.entries(CLASSES)) {
        const monitor = createMonitor(parseEdges(edge), { live: false, classes, classesIn });
        const run = await followToEnd(monitor, watchPath(join(folder, name, 'scan.rpl'), { once: true }));
        labelled.set(edge, [...run.edges[0].maps.labels]);
        await monitor.close();
      }
      return labelled;
    }

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
      await simulate(folder, { shape: [56, 56], seed: 5, dose: 'high', lowLoss: false, driftEv: 0 });
      const file = await openScanFile(join(folder, 'simulated-anode.rpl'));
      scan = file.scan;
      const reader = await openCube(file.core);
      spectra = new Float32Array(pixelCount(scan) * scan.channels);
      await reader.read(0, pixelCount(scan), 0, scan.channels, spectra);
      await reader.close();
      const purity = decodeNpy(await readFile(join(folder, 'simulated-anode.truth', 'purity.npy'))).data;
      pure = Array.from(purity, Number).flatMap((share, pixel) => (share >= 0.85 ? [pixel] : []));
      labels = await analyse('same', spectra);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('permuted rows give permuted maps', async () => {
      const [rows, columns] = scan.shape;
      const order = Array.from({ length: rows }, (_, row) => row).sort((a, b) => hash32(1, a) - hash32(1, b));
      const rowLength = columns * scan.channels;
      const permuted = new Float32Array(spectra.length);
      order.forEach((from, to) => {
        permuted.set(spectra.subarray(from * rowLength, (from + 1) * rowLength), to * rowLength);
      });
      const found = await analyse('permuted', permuted);
      for (const [edge, expected] of labels) {
        const back = order.flatMap((from) => expected.slice(from * columns, (from + 1) * columns));
        expect(adjustedRandIndex(found.get(edge) ?? [], back), edge).toBeGreaterThanOrEqual(
          PERMUTED[classesIn],
        );
      }
    });

    it('a factor between one and two on every spectrum changes no class beyond noise', async () => {
      const columns = scan.shape[1];
      const scaled = spectra.map((value, i) => {
        const pixel = Math.floor(i / scan.channels);
        const [y, x] = [Math.floor(pixel / columns), pixel % columns];
        return value * (1.5 + 0.5 * Math.sin(y / 9) * Math.cos(x / 7));
      });
      const found = await analyse('scaled', scaled);
      for (const [edge, expected] of labels) {
        const [a, b] = [found.get(edge) ?? [], expected].map((all) => pure.map((pixel) => all[pixel]));
        expect(adjustedRandIndex(a, b), edge).toBeGreaterThanOrEqual(0.95);
      }
    });
  },
);
