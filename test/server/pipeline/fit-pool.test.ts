import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseEdge, parseEdges, pixelCount } from '../../../protocol/index.ts';
import type { PcaBasis } from '../../../server/analysis/decomposition/pca.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { BlockQueue } from '../../../server/pipeline/fit/block-queue.ts';
import { BLOCK_PIXELS, blocksOf, type FitInput } from '../../../server/pipeline/fit/fit-input.ts';
import { FitPool } from '../../../server/pipeline/fit/fit-pool.ts';
import type { FitWorkerData } from '../../../server/pipeline/fit/fit-thread.ts';
import { helpersOf } from '../../../server/pipeline/fit/helper-count.ts';
import { MOST_RESTARTS } from '../../../server/pipeline/threads/worker-host.ts';
import type { ScanOpening } from '../../../server/sources/source.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';
import { inParts } from '../../support/scan-in-parts.ts';

const EDGE = parseEdge('Si-L');

let folder: string;
let opening: ScanOpening;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-threads-'));
  // Eight blocks and a short one; it drifts, so that threads have to know the shifts.
  await simulate(folder, { shape: [200, 165], seed: 4, dose: 'high', driftEv: 4 });
  opening = await openScanFile(join(folder, 'simulated-anode.rpl'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('threads are shared among the survey and the edges, and a small scan takes few', () => {
  const helpers = (names: string, threads: number, side = 512) =>
    helpersOf({ shape: [side, side] }, { edges: parseEdges(names), threads });
  expect(['C-K', 'Si-L,C-K', 'Si-L,C-K,O-K'].map((names) => helpers(names, 2))).toEqual([0, 0, 0]);
  expect(['C-K', 'Si-L,C-K', 'Si-L,C-K,O-K'].map((names) => helpers(names, 32))).toEqual([30, 14, 9]);
  expect([64, 128, 256].map((side) => helpers('C-K', 32, side))).toEqual([0, 1, 7]);
});

describe('final maps are the same bytes', () => {
  const finalMaps = async (live: boolean, threads: number) => {
    const monitor = createMonitor([EDGE], { live, threads, landmarks: 200, align: 'zlp' });
    try {
      const run = await followToEnd(
        monitor,
        inParts(opening, monitor, async () => {}),
      );
      expect(run.warnings).toEqual([]);
      return mapBytes(run);
    } finally {
      await monitor.close();
    }
  };
  let alone: Map<string, Buffer>;
  beforeAll(async () => {
    alone = await finalMaps(false, 1);
  }, 60_000);

  it.each([
    ['after a scan', false, 3],
    ['after a scan', false, 4],
    ['after a scan', false, 8],
    ['while it runs', true, 5],
  ] as const)(
    '%s (%s) with %i threads as with one',
    async (_, live, threads) => {
      const found = await finalMaps(live, threads);
      expect([...found.keys()]).toEqual([...alone.keys()]);
      for (const [name, bytes] of alone) expect(found.get(name)?.equals(bytes), name).toBe(true);
    },
    60_000,
  );
});

describe('blocks', () => {
  it('are handed out in their order, so far ahead of the one whose turn it is, and once more when they come back', async () => {
    const blocks = blocksOf(6 * BLOCK_PIXELS - 1);
    const queue = new BlockQueue(blocks, 2);
    const taken: (number | undefined)[] = [];
    const lane = async () => {
      for (let block = await queue.take(); block; block = await queue.take()) taken.push(block.index);
      taken.push(undefined);
    };
    const lanes = [lane(), lane()];
    await setImmediate();
    expect(taken).toEqual([0, 1]);
    queue.putBack(blocks[1]);
    queue.putBack(blocks[0]);
    await setImmediate();
    expect(taken).toEqual([0, 1, 0, 1]);
    queue.advance();
    await setImmediate();
    expect(taken.slice(4)).toEqual([2]);
    for (let turn = 1; turn < 6; turn++) queue.advance();
    await Promise.all(lanes);
    expect(new Set(taken.slice(5))).toEqual(new Set([undefined]));
    const given = new BlockQueue(blocks, 1);
    await given.take();
    const waiting = given.take();
    given.close();
    expect(await waiting).toBeUndefined();
  });
});

describe('steps', () => {
  const pools: FitPool[] = [];
  const warnings: string[] = [];
  let input: FitInput;
  let data: FitWorkerData;
  beforeAll(async () => {
    const { scan, core } = opening;
    const pixels = pixelCount(scan);
    const measured = new Uint8Array(pixels).fill(1);
    const window = edgeWindow(EDGE, scan.energy, scan.channels);
    input = { reader: await openCube(core), window, shape: scan.shape, measured, seed: 1 };
    const shifts = new Float32Array(new SharedArrayBuffer(4 * pixels));
    data = { core, shifts };
  });
  afterEach(async () => {
    warnings.length = 0;
    await Promise.all(pools.splice(0).map((pool) => pool.close()));
  });
  afterAll(() => input.reader.close());

  const poolOf = (helpers: number, where = data) => {
    const pool = new FitPool(where, helpers, (message) => warnings.push(message));
    pools.push(pool);
    return pool;
  };
  const shared = () => ({
    labels: Int16Array.from(input.measured, (_, pixel) => (pixel % 5) - 1),
    classes: 4,
    calibration: {
      bad: new Uint8Array(input.window.endChannel - input.window.firstChannel),
      noise: { gain: 1, channelGain: 1, correlation: [] },
    },
  });
  const sums = async (pool: FitPool, between: (part: number) => Promise<void> = async () => {}) => {
    const found: unknown[] = [];
    for await (const part of pool.each(input, 'class sums', shared())) {
      found.push(part);
      await between(found.length);
    }
    return found;
  };

  it('give their parts in the order of blocks, whoever did them', async () => {
    const alone = await sums(poolOf(0));
    expect(alone).toHaveLength(blocksOf(input.measured.length).length);
    expect(await sums(poolOf(3))).toEqual(alone);
  });

  it('are finished when a thread dies, and by others when it dies again and again', async () => {
    const alone = await sums(poolOf(0));
    const pool = poolOf(1);
    const [thread] = pool.threads;
    expect(await sums(pool, (part) => (part === 1 ? thread.kill() : Promise.resolve()))).toEqual(alone);
    for (let times = 0; times <= MOST_RESTARTS; times++) {
      const answer = sums(pool);
      await thread.kill();
      expect(await answer).toEqual(alone);
    }
    expect(await sums(pool)).toEqual(alone);
    expect(warnings.join()).toContain('started again (1 of 3)');
    expect(warnings.at(-1)).toContain('given up after 3 restarts');
  });

  it.each([0, 1])('fail as a block fails, here or in another thread (%i helpers)', async (helpers) => {
    const basis = { dimension: 1, components: 1 } as PcaBasis;
    const present = new Uint8Array(input.measured.length).fill(1);
    const room = { scores: new Float32Array(present.length), precisions: new Float64Array(present.length) };
    const { calibration } = shared();
    // The first block is a helper's, where there is one; its net spectra are of no use.
    const own = (block: number) => ({
      at: 0,
      net: { rows: new Float32Array(block), precisions: new Float64Array(block === 0 ? 1 : 0) },
    });
    const parts = poolOf(helpers).each(input, 'scores', { calibration, basis, present, ...room }, own);
    await expect(parts.next()).rejects.toThrow("Cannot read properties of undefined (reading '0')");
    expect(warnings).toEqual([]);
  });

  it('end when they are not wanted any more', async () => {
    const stop = new AbortController();
    const wanted = { ...input, signal: stop.signal };
    const parts = poolOf(2).each(wanted, 'class sums', shared());
    await parts.next();
    stop.abort(new Error('not wanted'));
    await expect(parts.next()).rejects.toThrow('not wanted');
  });
});
