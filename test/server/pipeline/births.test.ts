import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fitUmap } from '../../../server/analysis/embedding/umap.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { fitEdge } from '../../../server/pipeline/fit/edge-fit.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { fitSimulated } from '../../support/fitted-scan.ts';
import { EDGE, LATE, mixed, SCATTERED, SIDE } from '../../support/rare-phase.ts';
import { writeCube } from '../../support/synthetic-cube.ts';

let folder: string;
let monitor: Monitor | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  await monitor?.close();
  await rm(folder, { recursive: true, force: true });
});

/** How well one class holds the third phase. */
function found(labels: ArrayLike<number>, third: Set<number>): { storedPixels: number; precision: number } {
  let best = { storedPixels: 0, precision: 0 };
  for (let label = 0; label < 8; label++) {
    const own = Array.from(labels, (value, pixel) => (value === label ? pixel : -1)).filter((p) => p >= 0);
    const hit = own.filter((pixel) => third.has(pixel)).length;
    const precision = hit / Math.max(own.length, 1);
    if (precision > 0.5 && hit / third.size > best.storedPixels)
      best = { storedPixels: hit / third.size, precision };
  }
  return best;
}

async function fitted(third: Set<number>, seed: number) {
  const path = await writeCube(folder, `scan${seed}`, [SIDE, SIDE], mixed(third, seed));
  const { scan, core } = await openScanFile(path);
  const reader = await openCube(core);
  const window = edgeWindow(EDGE, scan.energy, scan.channels);
  const measured = new Uint8Array(SIDE * SIDE).fill(1);
  const fit = await fitEdge(
    { reader, window, shape: scan.shape, measured, seed: 1 },
    { ...ANALYSIS_DEFAULTS, landmarks: 400 },
    {
      fitEmbedding: (scores, dimension, start, options) =>
        fitUmap(scores, dimension, start, { ...options, epochs: 5 }),
    },
  );
  await reader.close();
  return fit;
}

describe('a phase that few pixels have', () => {
  it('and that comes in the last tenth of a watched scan has its own class before the scan ends', async () => {
    const path = await writeCube(folder, 'late', [SIDE, SIDE], mixed(LATE, 1));
    monitor = createMonitor([EDGE], { live: true });
    const run = await followToEnd(monitor, watchPath(path, { once: true }));
    const { storedPixels, precision } = found(run.layers.edges.get('Ti-L')?.labels ?? [], LATE);
    expect(storedPixels).toBeGreaterThanOrEqual(0.9);
    expect(precision).toBeGreaterThanOrEqual(0.9);
  });

  it.each([
    ['in one piece', LATE],
    ['scattered', SCATTERED],
  ])('%s is found again from all data, in each of three scans', async (_, third) => {
    for (let seed = 1; seed <= 3; seed++) {
      const { labels } = await fitted(third, seed);
      expect(found(labels, third).storedPixels, `seed ${seed}`).toBeGreaterThanOrEqual(0.9);
    }
  });
});

describe('without such a phase', () => {
  it('no scan of eight has a birth', async () => {
    let births = 0;
    for (let seed = 20; seed < 28; seed++) births += (await fitted(new Set(), seed)).births?.length ?? 0;
    expect(births).toBe(0);
  }, 60_000);

  it('nor have the mixtures of the simulated anode', async () => {
    for (const seed of [1]) {
      const edges = await fitSimulated({ shape: [48, 48], seed }, 'Si-L,C-K');
      for (const { edge, fit } of edges) expect(fit.births ?? [], `${edge.name} ${seed}`).toEqual([]);
    }
  }, 60_000);
});
