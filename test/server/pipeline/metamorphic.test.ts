import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdges, pixelCount, type Scan } from '../../../protocol/index.ts';
import { hash32 } from '../../../server/analysis/math/random.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';

/** As many classes as there are phases with the edge, so that no decision about their number enters. */
const CLASSES: Record<string, number> = { 'Si-L': 3, 'C-K': 2 };

/**
 * Mean ARI that permuted rows must reach over scans and edges. A plane is made by chance to some degree, so that one case tells
 * little: over twelve (three seeds, two doses, two edges) they reach 0.955 to 0.999.
 */
const PERMUTED = { embedding: 0.965, scores: 0.98 };
const SCANS = [5, 6].flatMap((seed) => (['high', 'default'] as const).map((dose) => ({ seed, dose })));

interface Recorded {
  folder: string;
  scan: Scan;
  spectra: Float32Array;
}

async function simulated(folder: string, { seed, dose }: (typeof SCANS)[number]): Promise<Recorded> {
  await mkdir(folder, { recursive: true });
  await simulate(folder, { shape: [56, 56], seed, dose, lowLoss: false, driftEv: 0 });
  const { scan, core } = await openScanFile(join(folder, 'simulated-anode.rpl'));
  const reader = await openCube(core);
  const spectra = new Float32Array(pixelCount(scan) * scan.channels);
  await reader.read(0, pixelCount(scan), 0, scan.channels, spectra);
  await reader.close();
  return { folder, scan, spectra };
}

let root: string;
const scans: Recorded[] = [];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  for (const [n, which] of SCANS.entries()) scans.push(await simulated(join(root, String(n)), which));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What must not matter, does not: rows in another order, a specimen that is thicker here than there. */
describe.each(['embedding', 'scores'] as const)(
  'classes in the %s: a simulated anode, changed in ways that change no phase',
  (classesIn) => {
    const labels: Map<string, number[]>[] = [];

    /** Labels by edge of spectra in the place of those recorded. */
    async function analyse(
      { folder, scan }: Recorded,
      changed: Float32Array,
    ): Promise<Map<string, number[]>> {
      const { shape, channels, energy } = scan;
      const path = join(folder, 'changed');
      const writer = await createRippleWriter(path, { shape, channels, energy, dtype: 'f32' });
      await writer.append(new Uint8Array(changed.buffer));
      await writer.close();
      const labelled = new Map<string, number[]>();
      for (const [edge, classes] of Object.entries(CLASSES)) {
        const monitor = createMonitor(parseEdges(edge), { live: false, classes, classesIn });
        const run = await followToEnd(monitor, watchPath(`${path}.rpl`, { once: true }));
        labelled.set(edge, [...run.edges[0].maps.labels]);
        await monitor.close();
      }
      return labelled;
    }

    beforeAll(async () => {
      for (const recorded of scans) labels.push(await analyse(recorded, recorded.spectra));
    }, 180_000);

    it('permuted rows give permuted maps', async () => {
      const agreements: number[] = [];
      for (const [n, recorded] of scans.entries()) {
        const { spectra, scan } = recorded;
        const [rows, columns] = scan.shape;
        const order = Array.from({ length: rows }, (_, row) => row).sort(
          (a, b) => hash32(1, a) - hash32(1, b),
        );
        const rowLength = columns * scan.channels;
        const permuted = new Float32Array(spectra.length);
        order.forEach((from, to) => {
          permuted.set(spectra.subarray(from * rowLength, (from + 1) * rowLength), to * rowLength);
        });
        const found = await analyse(recorded, permuted);
        for (const [edge, expected] of labels[n]) {
          const back = order.flatMap((from) => expected.slice(from * columns, (from + 1) * columns));
          agreements.push(adjustedRandIndex(found.get(edge) ?? [], back));
        }
      }
      const mean = agreements.reduce((sum, x) => sum + x, 0) / agreements.length;
      expect(mean, agreements.map((x) => x.toFixed(4)).join()).toBeGreaterThanOrEqual(PERMUTED[classesIn]);
    }, 180_000);

    it('a factor between one and two on every spectrum changes no class beyond noise', async () => {
      const [recorded] = scans;
      const { scan, spectra } = recorded;
      const truth = await readFile(join(recorded.folder, 'simulated-anode.truth', 'purity.npy'));
      // Borders between phases are anybody's: pixels of at least 85 % one phase.
      const pure = Array.from(decodeNpy(truth).data, Number).flatMap((share, pixel) =>
        share >= 0.85 ? [pixel] : [],
      );
      const columns = scan.shape[1];
      const scaled = spectra.map((value, i) => {
        const pixel = Math.floor(i / scan.channels);
        const [y, x] = [Math.floor(pixel / columns), pixel % columns];
        return value * (1.5 + 0.5 * Math.sin(y / 9) * Math.cos(x / 7));
      });
      const found = await analyse(recorded, scaled);
      for (const [edge, expected] of labels[0]) {
        const [a, b] = [found.get(edge) ?? [], expected].map((all) => pure.map((pixel) => all[pixel]));
        expect(adjustedRandIndex(a, b), edge).toBeGreaterThanOrEqual(0.95);
      }
    }, 120_000);
  },
);
