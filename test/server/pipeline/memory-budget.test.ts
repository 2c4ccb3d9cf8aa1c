import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseEdges, type Scan } from '../../../protocol/index.ts';
import type { Patch } from '../../../server/formats/cube.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { checkMemory, checkScalars, memoryNeed } from '../../../server/pipeline/memory-budget.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import type { Source, SourceEvent } from '../../../server/sources/source.ts';
import { createMonitor } from '../../support/analyse.ts';
import { CliRun } from '../../support/cli.ts';
import { plainLayout } from '../../support/written-cube.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  await simulate(folder, { shape: [8, 8], lowLoss: false });
  path = join(folder, 'simulated-anode.rpl');
});
afterAll(() => rm(folder, { recursive: true }));

it('grows with pixels, edges and threads', () => {
  const [two, three] = ['C-K,O-K', 'Si-L,C-K,O-K'].map((names) => ({ edges: parseEdges(names), threads: 2 }));
  const need = memoryNeed({ shape: [1024, 1024] }, three);
  expect(need).toBeGreaterThan(memoryNeed({ shape: [1024, 1024] }, two));
  expect(memoryNeed({ shape: [2048, 1024] }, three)).toBeGreaterThan(need);
  expect(memoryNeed({ shape: [1024, 1024] }, { ...three, threads: 32 })).toBeGreaterThan(need);
});

it('grows with rescans, by how many and how large they are', () => {
  const [one, two] = ['C-K', 'C-K,O-K'].map((names) => ({ edges: parseEdges(names), threads: 2 }));
  const scan = { shape: [256, 256] as [number, number] };
  const rescan = (side: number): Patch => ({
    cube: { ...plainLayout, shape: [side, side], channels: 512 },
    ...{ y: 0, x: 0, dwells: 1 },
  });
  const more = (sides: number[], options = one) =>
    (memoryNeed(scan, options, sides.map(rescan)) - memoryNeed(scan, options)) / 1e6;
  // What was seen at the peak: 76 MB for a pass over the whole, 17 for each further one.
  expect(more([256])).toBeGreaterThan(65);
  expect(more([256])).toBeLessThan(95);
  expect(more([256, 256]) - more([256])).toBeGreaterThan(8);
  expect(more([256, 256], two)).toBeGreaterThan(more([256, 256]));
  expect(more([256, 8]) - more([256])).toBeLessThan(1);
});

it('a scan that does not fit is refused before it begins, and what was shown stays', async () => {
  const small: SourceEvent[] = [];
  for await (const event of watchPath(path, { once: true }).events(new AbortController().signal))
    small.push(event);
  const opened = small.find((event) => event.type === 'scan');
  if (opened?.type !== 'scan') throw new Error('no scan');
  const { scan } = opened.opening;
  const large = { ...scan, id: 'large', name: 'large', shape: [4096, 4096] as [number, number] };
  const source: Source = {
    description: 'two scans',
    async *events() {
      yield* small;
      yield { type: 'scan', opening: { ...opened.opening, scan: large } };
      yield { type: 'measured', first: 0, count: 4096, pass: 0 };
      yield { type: 'end', status: 'complete' };
    },
  };
  const monitor = createMonitor(parseEdges('C-K'), { memory: 500, live: false });
  try {
    await monitor.follow(source, new AbortController().signal);
    await monitor.settled();
    expect(monitor.run?.scan.id).toBe(scan.id);
    expect(monitor.run?.status).toBe('complete');
    expect(monitor.run?.meter.spectra).toBe(64);
    const [alert] = monitor.alerts.filter(({ severity }) => severity === 'error');
    expect(alert.message).toMatch(
      /^large: memory: expected a scan that 500 MB are enough for .* 4096 × 4096 pixels and 1 edge,/,
    );
  } finally {
    await monitor.close();
  }
  expect(() => checkMemory(large, { edges: parseEdges('C-K'), memory: 1e6 })).not.toThrow();
});

it('scalar signals count, with the scan where it is analysed', () => {
  const scan = { name: 'large', shape: [4096, 4096] as [number, number] } as Scan;
  const edges = parseEdges('C-K');
  const megabytes = Math.ceil(memoryNeed(scan, { edges }) / 1e6);
  const perSignal = 4096 ** 2 * 16e-6;
  const roomFor = (count: number) => ({ edges, memory: megabytes + Math.ceil(count * perSignal) });
  expect(() => checkScalars(scan, roomFor(1), 1)).not.toThrow();
  expect(() => checkScalars(scan, roomFor(31), 32)).toThrow(
    /^large: memory: expected a scan that \d+ MB .* 4096 × 4096 pixels and 1 edge with 32 scalar signals, which need/,
  );
  // One that is too large to be analysed is recorded, with what fits.
  const small = { edges, memory: Math.ceil(3 * perSignal) };
  expect(() => checkScalars(scan, small, 3)).not.toThrow();
  expect(() => checkScalars(scan, small, 4)).toThrow(/4 scalar signals/);
});

it('a scalar signal that does not fit is left out, and said', async () => {
  const events: SourceEvent[] = [];
  for await (const event of watchPath(path, { once: true }).events(new AbortController().signal))
    events.push(event);
  const values = Float32Array.of(1, 2);
  const source: Source = {
    description: 'signals',
    async *events() {
      for (const event of events) {
        yield event;
        if (event.type === 'scan')
          for (const name of ['HAADF', 'BF']) yield { type: 'channel', name, first: 0, values };
      }
    },
  };
  const edges = parseEdges('C-K');
  const [scan] = events.filter((event) => event.type === 'scan');
  const need = memoryNeed(scan.opening.scan, { edges, threads: 1 });
  const monitor = createMonitor(edges, { memory: need / 1e6 + 1.5 * 64 * 16e-6, threads: 1, live: false });
  try {
    await monitor.follow(source, new AbortController().signal);
    expect(monitor.run?.layers.channels).toEqual(['HAADF']);
    const [alert] = monitor.alerts.filter(({ id }) => id.endsWith('/scalars'));
    expect(alert.message).toMatch(/^BF is not shown: .*: memory: expected .* with 2 scalar signals/);
  } finally {
    await monitor.close();
  }
});

it('analyse says so and leaves nothing behind', async () => {
  const run = new CliRun(['analyse', path, '--out', join(folder, 'out'), '--memory', '64']);
  expect(await run.ended()).toBe(1);
  expect(run.stderr).toContain('memory: expected a scan that 64 MB are enough for (--memory)');
});
