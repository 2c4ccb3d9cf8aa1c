import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EdgeState, parseEdges, pixelCount, type ScanStatus } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import type { ScanOpening, Source } from '../../../server/sources/source.ts';
import { createMonitor, followToEnd, mapBytes, saidBy } from '../../support/analyse.ts';
import { inParts, until } from '../../support/scan-in-parts.ts';

const EDGES = parseEdges('Si-L,C-K');

let folder: string;
let opening: ScanOpening;
let expected: Map<string, Buffer>;

async function analysed(
  interlude: (run: ScanRun, part: number) => Promise<void>,
  atStatus?: [ScanStatus, (run: ScanRun) => void],
): Promise<{ run: ScanRun; said: string[] }> {
  const monitor = createMonitor(EDGES, { live: true, landmarks: 150 });
  const said = saidBy(monitor);
  let waiting = atStatus;
  monitor.subscribe(() => {
    if (!waiting || monitor.run?.status !== waiting[0]) return;
    const [, act] = waiting;
    waiting = undefined;
    act(monitor.run);
  });
  try {
    return { run: await followToEnd(monitor, inParts(opening, monitor, interlude)), said };
  } finally {
    await monitor.close();
  }
}

const compare = (run: ScanRun) => {
  const found = mapBytes(run);
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [name, bytes] of expected) expect(found.get(name)?.equals(bytes), name).toBe(true);
};
const stateOf = (run: ScanRun, edge: string) => run.topics.get(`edge/${edge}`) as EdgeState;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-restart-'));
  await simulate(folder, { shape: [24, 25], seed: 4, dose: 'high' });
  opening = await openScanFile(join(folder, 'simulated-anode.rpl'));
  const { run, said } = await analysed(async () => {});
  // That one has not answered for a while is said of a busy machine as well.
  expect(said.filter((words) => /thread has ended|started again|given up/.test(words))).toEqual([]);
  expected = mapBytes(run);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('threads that die in the middle of a scan are started again, and the final maps are the same', async () => {
  const { run, said } = await analysed(async ({ edges, survey }, part) => {
    if (part === 0) await until(() => edges.every(({ revision }) => revision > 0));
    const revisions = edges.map(({ revision }) => revision);
    await Promise.all([...edges, survey].map((worker) => worker.kill()));
    // What is shown comes again before the scan is over, from the pixels that were measured.
    if (part > 0) return;
    await until(() => edges.every(({ revision }, i) => revision > revisions[i]));
    for (const { maps, analysed: pixels } of edges) {
      expect(pixels).toBe(240);
      expect(maps.labels.filter((label) => label >= -1)).toHaveLength(240);
    }
  });
  expect(run.status).toBe('complete');
  compare(run);
  for (const { name } of EDGES) {
    expect(stateOf(run, name).status).toBe('final');
    const { present, absent } = stateOf(run, name);
    expect(present + absent, name).toBe(pixelCount(run.scan));
    expect(said.join()).toContain(`${name}: the thread has ended with code 1; started again (2 of 3)`);
  }
  expect(said.join()).toContain('sums and thickness: the thread has ended with code 1; started again');
}, 120_000);

it('threads that die while they fit the final models fit them again', async () => {
  const { run, said } = await analysed(async () => {}, [
    'finalising',
    ({ edges, survey }) => void [...edges, survey].map((worker) => worker.kill()),
  ]);
  expect(run.status).toBe('complete');
  expect(said.join()).toContain('Si-L: the thread has ended with code 1; started again (1 of 3)');
  compare(run);
}, 120_000);

it('a thread that dies when its maps are final is let rest, until there are more spectra', async () => {
  const monitor = createMonitor(EDGES, { live: false, landmarks: 150 });
  const said = saidBy(monitor);
  const half = pixelCount(opening.scan) / 2;
  const ended = () => monitor.run?.status === 'complete';
  const source: Source = {
    description: 'resumed',
    async *events() {
      yield { type: 'scan', opening };
      yield { type: 'measured', first: 0, count: half, pass: 0 };
      yield { type: 'end', status: 'complete' };
      await until(ended);
      await monitor.run?.edges[0].kill();
      expect(monitor.run?.warnings).toEqual([]);
      expect(monitor.run?.edges[0].maps.labels.some((label) => label >= 0)).toBe(true);
      yield { type: 'measured', first: half, count: half, pass: 0 };
      yield { type: 'end', status: 'complete' };
      await until(ended);
    },
  };
  try {
    await monitor.follow(source, new AbortController().signal);
    await monitor.settled();
    expect(said.join()).toContain('started again (1 of 3)');
    compare(monitor.run as ScanRun);
  } finally {
    await monitor.close();
  }
}, 120_000);
