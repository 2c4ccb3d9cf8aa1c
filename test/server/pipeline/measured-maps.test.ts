import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type EdgeState, type PairInformation, parseEdges } from '../../../protocol/index.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { adjustedRandIndex, readLabels } from '../../support/agreement.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { LINE_SCAN_FILES, type LineScan, writeLineScan } from '../../support/line-scans.ts';
import { describeMeasured } from '../../support/measured-data.ts';
import { oracle } from '../../support/oracle.ts';
import { END_MEMBERS, MIXTURE_EDGES, mixture, writeOrganicMixtures } from '../../support/organic-mixtures.ts';

const CLI = new URL('../../../dist/server/cli.js', import.meta.url).pathname;
type Fixture = Record<string, { labels: Record<string, string> }>;
const theirs = (scan: string, edge: string) => readLabels(oracle<Fixture>('maps')[scan].labels[edge]);
const labelsOf = (run: ScanRun, edge: string) => [...(run.layers.edges.get(edge)?.labels ?? [])];

let monitor: Monitor | undefined;
afterEach(async () => {
  await monitor?.close();
  monitor = undefined;
});
async function analyse(path: string, edges: string, options: Partial<AnalysisOptions>): Promise<ScanRun> {
  monitor = createMonitor(parseEdges(edges), { live: false, ...options });
  return followToEnd(monitor, watchPath(path, { once: true }));
}

/**
 * One row of pixels. On LSMO both edges have three parts: up to pixel 13, where the edges fall by a tenth of the counts
 * before them; up to 23, where they move by 0.6 eV; and the rest. Two classes are one step or the other, by how
 * the steps are weighed: so three, as the automatic number is for O-K.
 */
describeMeasured('measured line scans, beside HyperSpy and scikit-learn', LINE_SCAN_FILES, () => {
  let folder: string;
  const paths = new Map<LineScan, string>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    for (const name of ['LSMO_linescan', 'LSMO_STO_linescan'] as const)
      paths.set(name, await writeLineScan(folder, name));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const pathOf = (name: LineScan) => paths.get(name) as string;

  it.each([
    ['LSMO_linescan', 'O-K,Mn-L', 3],
    ['LSMO_STO_linescan', 'Ti-L,O-K,Mn-L,La-M', 2],
  ] as const)('%s: the maps agree', async (name, edges, classes) => {
    const run = await analyse(pathOf(name), edges, { classes });
    for (const edge of edges.split(',')) {
      const agreement = adjustedRandIndex(labelsOf(run, edge), theirs(name, edge));
      console.log(`${name} ${edge}: ARI ${agreement.toFixed(3)}, ${labelsOf(run, edge).join(' ')}`);
      expect(agreement).toBeGreaterThanOrEqual(0.9);
    }
    // Noise is told from neighbours along the only row there is; nine pairs of neighbours are too few for that.
    const pairs = run.scan.shape[1] - 1;
    for (const { model } of run.edges) {
      console.log(`gain ${model.calibration.noise.gain.toFixed(1)}`);
      if (pairs > 30) expect(model.calibration.noise.gain).toBeGreaterThan(1);
    }
    for (const table of run.topics.values())
      if (table.type === 'information') expect(table.verdict).toBe('too few independent areas');
  });

  it('the same line scanned as a column has the same maps, and the same noise', async () => {
    const edges = parseEdges('O-K,Mn-L');
    const found: unknown[] = [];
    for (const shape of [
      [1, 40],
      [40, 1],
    ] as [number, number][]) {
      const path = pathOf('LSMO_linescan');
      await monitor?.close();
      monitor = createMonitor(edges, { live: false, classes: 3 });
      const run = await followToEnd(monitor, watchPath(path, { once: true, shape }));
      found.push(
        run.edges.map(({ model, maps }) => ({
          labels: [...maps.labels],
          gain: model.calibration.noise.gain,
        })),
      );
    }
    expect(found[1]).toEqual(found[0]);
  });

  it('one command analyses them', async () => {
    const out = join(folder, 'out');
    const path = pathOf('LSMO_STO_linescan');
    await promisify(execFile)(process.execPath, [
      CLI,
      'analyse',
      path,
      '--edges',
      'Ti-L,La-M',
      '--out',
      out,
      '--log-level',
      'error',
    ]);
    const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'));
    expect(summary.scan.shape).toEqual([1, 10]);
    const titanium = decodeNpy(await readFile(join(out, 'Ti-L', 'labels.npy')));
    expect(titanium.shape).toEqual([1, 10]);
    // Strontium titanate up to the fourth pixel, through which the interface runs; then the manganite.
    expect(Array.from(titanium.data as Int16Array, (label) => label >= 0)).toEqual(
      Array.from({ length: 10 }, (_, pixel) => pixel < 4),
    );
    const thickness = decodeNpy(await readFile(join(out, 'thickness.npy')));
    for (const value of thickness.data as Float32Array) expect(Math.abs(value - 0.48)).toBeLessThan(0.05);
  });
});

/**
 * Pixels of at least 85 % one constituent are judged: classes of mixtures meet anywhere, and two programs share 0.4 to 0.7
 * of such borders. The amount of carbon is 99.5 % of the variance of C-K, so what the carbon is bound to is seen by the
 * plane (and by whitened components), not by distances among the plain scores.
 */
describeMeasured(
  'mixtures of measured organic spectra, beside HyperSpy and scikit-learn',
  END_MEMBERS,
  () => {
    let folder: string;
    let run: ScanRun;
    let shared: Monitor;
    const constituents = mixture();
    const pure = constituents.flatMap(({ share }, pixel) => (share >= 0.85 ? [pixel] : []));
    const pureOf = (labels: number[]) => pure.map((pixel) => labels[pixel]);
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
      const path = await writeOrganicMixtures(folder);
      shared = createMonitor(parseEdges(MIXTURE_EDGES), { live: false, classes: 4 });
      run = await followToEnd(shared, watchPath(path, { once: true }));
    }, 240_000);
    afterAll(async () => {
      await shared?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each([
      ['C-K', 0.9],
      ['O-K', 0.85],
    ])('%s: the maps agree', (edge, least) => {
      const [found, offline] = [labelsOf(run, edge), theirs('organic-mixtures', edge)];
      const truth = pureOf(constituents.map(({ member }) => member));
      const agreement = adjustedRandIndex(pureOf(found), pureOf(offline));
      console.log(
        `${edge}: ARI ${agreement.toFixed(3)} of ${pure.length} pixels of one constituent, ` +
          `${adjustedRandIndex(found, offline).toFixed(3)} of all; with the constituents ` +
          `${adjustedRandIndex(pureOf(found), truth).toFixed(3)}, theirs ${adjustedRandIndex(pureOf(offline), truth).toFixed(3)}`,
      );
      expect(agreement).toBeGreaterThanOrEqual(least);
      expect(adjustedRandIndex(pureOf(found), truth)).toBeGreaterThanOrEqual(0.9);
    });

    it('the constituents of one edge are told from those of the other', () => {
      expect((run.topics.get('information/C-K~O-K') as PairInformation).verdict).toBe('related');
      expect((run.topics.get('edge/C-K') as EdgeState).present).toBe(constituents.length);
    });
  },
);
