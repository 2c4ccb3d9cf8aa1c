import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EdgeState, edgeAt } from '../../../protocol/index.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import { startServer } from '../../../server/hub/server.ts';
import type { EdgeRun } from '../../../server/pipeline/edge/edge-run.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { AXIS, CHANNELS, normals, spectrum, writeCube } from '../../support/synthetic-cube.ts';
import { createTestIngest } from '../../support/test-ingest.ts';
import { TestProducer } from '../../support/test-producer.ts';

const EDGES = [edgeAt('Ti-L', 456)];

let folder: string;
const monitors: Monitor[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  for (const monitor of monitors.splice(0)) await monitor.close();
  await rm(folder, { recursive: true, force: true });
});

function monitor(...options: Parameters<typeof createMonitor>): Monitor {
  const made = createMonitor(...options);
  monitors.push(made);
  return made;
}

const analyse = (path: string, live = false): Promise<ScanRun> =>
  followToEnd(monitor(EDGES, { live }), watchPath(path, { once: true }));

const stateOf = (run: ScanRun) => run.topics.get('edge/Ti-L') as EdgeState;
const labelsOf = (run: ScanRun) => [...(run.layers.edges.get('Ti-L')?.labels ?? [])];

describe('several passes', () => {
  it('are all in the final maps, also when one comes unannounced and at once', async () => {
    const shape: [number, number] = [10, 10];
    const ingest = createTestIngest();
    const pushed = monitor(EDGES, { live: true });
    const server = await startServer({ port: 0, state: pushed, clientDirectory: folder, ingest });
    try {
      const following = followToEnd(pushed, ingest.source);
      const producer = await TestProducer.connect(server.url);
      const values = spectrum(() => 0, { jump: 0.5 });
      const one = Float32Array.from({ length: 100 * CHANNELS }, (_, i) => values[i % CHANNELS]);
      for (const pass of [0, 1]) {
        producer.send({
          type: 'scan',
          id: 'two',
          shape,
          channels: CHANNELS,
          energy: AXIS,
          dtype: 'f32',
          pass,
        });
        producer.send({ type: 'spectra', first: 0, count: 100, data: new Uint8Array(one.buffer) });
      }
      producer.send({ type: 'end', status: 'complete' });
      const run = await following;
      const single = one.subarray(0, CHANNELS).reduce((sum, value) => sum + value, 0);
      for (const counts of run.layers.survey.counts) expect(counts / (2 * single)).toBeCloseTo(1, 5);
      const { intensity } = run.layers.edges.get('Ti-L') ?? { intensity: [] };
      expect(intensity[0] / single).toBeGreaterThan(0.05);
      expect(Math.min(...intensity) / Math.max(...intensity)).toBeGreaterThan(0.999);
    } finally {
      await server.close();
      await ingest.close();
    }
  });

  it('wait for a spectrum of a later pass that is only half there', async () => {
    const flat = new Float32Array(CHANNELS).fill(100);
    const writer = await createRippleWriter(join(folder, 'torn'), {
      shape: [4, 5],
      channels: CHANNELS,
      energy: AXIS,
      dtype: 'f32',
      passes: 2,
    });
    for (let pixel = 0; pixel < 20; pixel++) await writer.append(new Uint8Array(flat.buffer));
    for (let pixel = 0; pixel < 7; pixel++) await writer.append(new Uint8Array(flat.buffer), 1);
    await writer.append(new Uint8Array(flat.buffer, 0, 2 * CHANNELS), 1);
    await writer.close();
    const run = await analyse(join(folder, 'torn.rpl'));
    // Where pixels are exposed differently, counts are given for the dwell of one pass.
    const passes = Array.from({ length: 20 }, (_, pixel) => (pixel < 7 ? 2 : 1));
    expect([...run.layers.exposure]).toEqual(passes);
    expect([...run.layers.survey.counts]).toEqual(passes.map(() => 100 * CHANNELS));
    expect(run.status).toBe('aborted');
    expect(run.warnings.join()).toContain('ended after 27 of 40 spectra');
  });
});

describe('samples that are no counts', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'cost their own channel alone, or their own pixel: %d',
    async (value) => {
      const normal = normals(1);
      const path = await writeCube(folder, 'scan', [20, 20], (pixel) => {
        const made = spectrum(normal, { jump: pixel % 2 ? 1 : 0, counts: 2000 });
        if (pixel === 77) made[150] = value;
        // Of this one nothing is left.
        if (pixel === 91) made.fill(value, 100, 300);
        return made;
      });
      const run = await analyse(path);
      const labels = labelsOf(run);
      expect(labels[77]).toBeGreaterThanOrEqual(0);
      expect(labels[91]).toBe(-2);
      const right = labels.filter((label, pixel) => pixel !== 91 && label >= 0 === (pixel % 2 === 1)).length;
      expect(right).toBeGreaterThanOrEqual(390);
      expect(run.layers.survey.counts[77] / run.layers.survey.counts[79]).toBeCloseTo(1, 1);
      expect(run.warnings).toHaveLength(1);
      expect(run.warnings[0]).toMatch(
        /scan: counts: expected finite numbers, found (NaN|Infinity) at pixel \(3, 17\) channel 150/,
      );
    },
  );

  it('are told of once, with their number, when they are many', async () => {
    const normal = normals(2);
    const made = monitor(EDGES, { live: false });
    let alerts = 0;
    made.subscribe((change) => {
      if (change.type === 'topic' && change.key === 'alerts') alerts++;
    });
    const path = await writeCube(folder, 'dark', [30, 30], () => {
      const dark = spectrum(normal);
      dark[399] = -3;
      return dark;
    });
    const run = await followToEnd(made, watchPath(path, { once: true }));
    expect(run.warnings).toHaveLength(1);
    expect(run.warnings[0]).toContain('found -3 at pixel (0, 0) channel 399 and in 899 more pixels');
    expect(alerts).toBeLessThan(20);
  });
});

describe('classes', () => {
  it('are one where spectra differ by noise alone', async () => {
    const normal = normals(3);
    const path = await writeCube(folder, 'same', [25, 24], () => spectrum(normal, { jump: 1, counts: 2000 }));
    const run = await analyse(path);
    expect(new Set(labelsOf(run))).toEqual(new Set([0]));
  });

  it('survive spectra that are all the same, and ones without the edge', async () => {
    const same = await analyse(
      await writeCube(folder, 'constant', [12, 12], () => spectrum(() => 0, { jump: 1 })),
    );
    expect(new Set(labelsOf(same))).toEqual(new Set([0]));
    expect(stateOf(same).status).toBe('final');
    const none = await analyse(await writeCube(folder, 'none', [12, 12], () => spectrum(() => 0)));
    expect(new Set(labelsOf(none))).toEqual(new Set([-1]));
    const empty = await analyse(await writeCube(folder, 'empty', [6, 6], () => new Float32Array(CHANNELS)));
    expect(new Set(labelsOf(empty))).toEqual(new Set([-1]));
  });

  it('and a single spectrum make maps', async () => {
    const run = await analyse(
      await writeCube(folder, 'single', [1, 1], () => spectrum(() => 0, { jump: 1 })),
    );
    expect(labelsOf(run)).toEqual([0]);
  });
});

describe('the detector', () => {
  it.each<[number, number]>([
    [20, 20],
    [1, 400],
    [400, 1],
  ])('is found in a scan of %d × %d', async (rows, columns) => {
    const normal = normals(4);
    const path = await writeCube(folder, 'gain', [rows, columns], () =>
      spectrum(normal, { gain: 17, counts: 3000 }),
    );
    const run = await analyse(path);
    expect(stateOf(run).gain).toBeGreaterThan(14);
    expect(stateOf(run).gain).toBeLessThan(20);
  });

  it('does not make the first model fit again and again where there is no edge', async () => {
    const normal = normals(5);
    const path = await writeCube(folder, 'idle', [30, 30], () =>
      spectrum(normal, { gain: 25, counts: 3000 }),
    );
    const run = await analyse(path, true);
    expect(stateOf(run).revision).toBeLessThan(5);
  });
});

describe('threads', () => {
  const killAgainAndAgain = async (edge: EdgeRun | undefined) => {
    for (let deaths = 0; deaths < 4; deaths++) await edge?.kill();
  };

  it('that die leave a scan that ends, and says what is missing', async () => {
    const normal = normals(6);
    const path = await writeCube(folder, 'lost', [20, 20], () => spectrum(normal, { jump: 1 }));
    const made = monitor(EDGES, { live: false });
    made.subscribe((change) => {
      if (change.type === 'scan') void killAgainAndAgain(made.run?.edges[0]);
    });
    const run = await followToEnd(made, watchPath(path, { once: true }));
    // Final maps of an edge are missing: that is no complete scan.
    expect(run.status).toBe('failed');
    expect(stateOf(run).status).toBe('unavailable');
    expect(run.warnings.join()).toMatch(/lost: Ti-L: the thread has ended .*; given up after 3 restarts/);
    expect(run.layers.survey.counts.every((counts) => counts > 0)).toBe(true);
  });
});
