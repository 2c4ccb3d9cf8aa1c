import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeState, parseEdges } from '../../../protocol/index.ts';
import type { SimulateOptions } from '../../../server/microscope/simulate.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';

/** The beam's way over the specimen must not matter; a drift of the axis in time would make it matter. */
const SCAN: SimulateOptions = { shape: [30, 34], seed: 4, dose: 'high', driftEv: 0 };
const EDGES = parseEdges('Si-L,C-K');

describe('whatever way the beam takes', () => {
  let folder: string;
  let monitor: Monitor | undefined;
  let raster: Map<string, Buffer>;

  async function analysed(
    name: string,
    options: SimulateOptions,
    analysis: Partial<typeof ANALYSIS_DEFAULTS> = {},
  ) {
    const scans = join(folder, name);
    await simulate(scans, { ...SCAN, ...options });
    monitor = createMonitor(EDGES, { live: false, ...analysis });
    return followToEnd(monitor, watchPath(join(scans, 'simulated-anode.rpl'), { once: true }));
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    raster = mapBytes(await analysed('raster', {}));
    await monitor?.close();
  });
  afterEach(() => monitor?.close());
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('serpentine rows with fly-back give the maps of a raster scan, byte for byte', async () => {
    const maps = mapBytes(await analysed('serpentine', { order: 'serpentine', flybackColumns: 3 }));
    expect(maps.size).toBe(raster.size);
    for (const [name, bytes] of raster) expect(maps.get(name)?.equals(bytes), name).toBe(true);
  });

  it('two passes over the same pixels add up to the dose of one', async () => {
    const run = await analysed('passes', { passes: 2 });
    expect(run.meter.spectra).toBe(2 * 30 * 34);
    const total = (counts: Float32Array) => counts.reduce((sum, value) => sum + value, 0);
    const once = raster.get('Total counts') as Buffer;
    const single = new Float32Array(once.buffer, once.byteOffset, 30 * 34);
    expect(total(run.layers.survey.counts) / total(single)).toBeCloseTo(1, 2);
    for (const [name, { labels }] of run.layers.edges) expect(labels.includes(-2), name).toBe(false);
  });

  it('classes can be found in the scores instead of the plane', async () => {
    const run = await analysed('scores', {}, { classesIn: 'scores', classes: 3 });
    for (const { edge, maps } of run.edges) {
      // How far it matters where they are found is told with them.
      const state = run.topics.get(`edge/${edge.name}`) as EdgeState;
      expect(state.agreement, edge.name).toBeGreaterThan(0.1);
      expect(state.agreement, edge.name).toBeLessThan(1);
      expect(new Set(maps.labels.filter((label) => label >= 0)), edge.name).toEqual(new Set([0, 1, 2]));
      const labels = raster.get(`${edge.name} classes`) as Buffer;
      expect(Buffer.from(maps.labels.buffer).equals(labels)).toBe(false);
    }
  });
});
