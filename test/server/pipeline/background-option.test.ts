import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type EdgeState, parseEdges } from '../../../protocol/index.ts';
import { BACKGROUND_METHODS } from '../../../server/analysis/windows/background-method.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { summarise } from '../../../server/pipeline/summary.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { AXIS, CHANNELS, normals, spectrum, writeCube } from '../../support/synthetic-cube.ts';

let folder: string;
let monitor: Monitor | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  await monitor?.close();
  await rm(folder, { recursive: true, force: true });
});

async function analyse(path: string, edges: string, options: Partial<AnalysisOptions>): Promise<ScanRun> {
  await monitor?.close();
  monitor = createMonitor(parseEdges(edges), { live: false, classes: 1, ...options });
  return followToEnd(monitor, watchPath(path, { once: true }));
}
const stateOf = (run: ScanRun, edge: string) => run.topics.get(`edge/${edge}`) as EdgeState;

it.each(BACKGROUND_METHODS.filter((method) => method !== 'none'))(
  'the edge is found by %s',
  async (background) => {
    const normal = normals(11);
    const path = await writeCube(folder, 'scan', [20, 20], (pixel) =>
      spectrum(normal, { counts: 3000, jump: pixel % 2 ? 0.5 : 0 }),
    );
    const run = await analyse(path, 'Ti-L', { background });
    const labels = run.layers.edges.get('Ti-L')?.labels ?? [];
    let right = 0;
    for (let pixel = 0; pixel < 400; pixel++) if (labels[pixel] >= 0 === (pixel % 2 === 1)) right++;
    expect(right).toBeGreaterThanOrEqual(390);
    // Of 200 pixels without the edge noise alone takes 0.3 three deviations below.
    const { overSubtracted, ...others } = stateOf(run, 'Ti-L').flags ?? { overSubtracted: 400 };
    expect(others).toEqual({ noSignal: 0, clamped: 0, level: 0 });
    expect(overSubtracted).toBeLessThanOrEqual(4);
  },
);

it('data with the background taken elsewhere keep their edge, and their classes', async () => {
  const normal = normals(12);
  const path = await writeCube(folder, 'net', [20, 20], (pixel) =>
    Float32Array.from({ length: CHANNELS }, (_, i) => {
      const energy = AXIS.offset + AXIS.dispersion * i;
      const line = Math.exp(-0.5 * ((energy - (pixel % 4 === 1 ? 461 : 470)) / 3) ** 2);
      return (energy >= 456 && pixel % 2 ? 30 + 100 * line : 0) + 5 * normal();
    }),
  );
  const run = await analyse(path, 'Ti-L', { background: 'none', classes: 2 });
  const labels = run.layers.edges.get('Ti-L')?.labels ?? new Int16Array();
  const first = labels[1];
  for (let pixel = 0; pixel < 400; pixel++) {
    if (pixel % 2 === 0) continue;
    expect(labels[pixel]).toBe(pixel % 4 === 1 ? first : 1 - first);
  }
  const absent = [...labels].filter((label, pixel) => pixel % 2 === 0 && label === -1).length;
  expect(absent).toBeGreaterThanOrEqual(196);
  // With a power law there is nothing to fit: pixels are flagged, or their exponents are.
  const fitted = await analyse(path, 'Ti-L', { background: 'poisson' });
  const { noSignal = 0, clamped = 0 } = stateOf(fitted, 'Ti-L').flags ?? {};
  expect(noSignal + clamped).toBeGreaterThan(100);
});

it('an edge that another analysed edge leaves no background is refused with the reason, given windows are warned about', async () => {
  const normal = normals(13);
  const path = await writeCube(folder, 'crossing', [8, 8], () => spectrum(normal, { jump: 1 }));
  const run = await analyse(path, 'Ti-L,late:470', {});
  expect(stateOf(run, 'late').status).toBe('unavailable');
  expect(stateOf(run, 'late').note).toContain('between the edge of Ti-L at 456 eV');
  expect(stateOf(run, 'late').note).toContain('found 0 eV');
  expect(stateOf(run, 'Ti-L').status).toBe('final');
  const given = await analyse(path, 'Ti-L,late:500:440-495:499-530', {});
  expect(stateOf(given, 'late').status).toBe('final');
  expect(given.warnings.join()).toContain('the fit window 440–495 eV holds the edge of Ti-L at 456 eV');
});

it('without a background no fit window is needed, and names are looked for all the same', async () => {
  const normal = normals(14);
  const path = await writeCube(folder, 'no-window', [12, 12], () =>
    Float32Array.from({ length: CHANNELS }, (_, i) => {
      const energy = AXIS.offset + AXIS.dispersion * i;
      return (energy >= 456 ? 60 * Math.exp(-(energy - 456) / 30) : 0) + 5 * normal();
    }),
  );
  const references = [
    {
      phase: 'TiO2',
      edge: 'Ti-L',
      onsetEv: 456,
      origin: 'drawn',
      startEv: 440,
      stepEv: 0.5,
      values: Float64Array.from({ length: 160 }, (_, i) => (i > 32 ? 1 + Math.sin(i / 4) : 0)),
    },
  ];
  const run = await analyse(path, 'Ti-L:456:300-345:455-500', {
    background: 'none',
    references,
    kmeans: 'ml-kmeans',
  });
  expect(run.status).toBe('complete');
  expect(stateOf(run, 'Ti-L').status).toBe('final');
  expect(run.edges[0].matches).toHaveLength(1);
  const summary = summarise(run, 'test') as { edges: Record<string, Record<string, unknown>> };
  expect(summary).toMatchObject({ programs: { umap: 'built-in', kmeans: 'ml-kmeans' } });
  expect(summary.edges['Ti-L']).toMatchObject({
    background: 'none',
    fitWindow: undefined,
    normalisation: 'net counts in the signal window',
  });
});
