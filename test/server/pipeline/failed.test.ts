import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdges } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { MOST_RESTARTS } from '../../../server/pipeline/threads/worker-host.ts';
import type { Source } from '../../../server/sources/source.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { CliRun } from '../../support/cli.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-failed-'));
  path = join(folder, 'simulated-anode.rpl');
  await simulate(folder, { shape: [20, 21], seed: 4, dose: 'high' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Followed {
  run: ScanRun;
  statuses: Set<string>;
  errors: string[];
}

/** A scan that is there at once; what happens before it is read, and when its final maps are asked for. */
async function followed(
  edges: string,
  before: () => Promise<void>,
  finalising?: (run: ScanRun) => Promise<void>,
): Promise<Followed> {
  const monitor = createMonitor(parseEdges(edges), { live: false, classes: 2, align: 'off' });
  const statuses = new Set<string>();
  monitor.subscribe(() => {
    const progress = monitor.topics.get('progress');
    if (progress?.type !== 'progress') return;
    if (progress.status === 'finalising' && !statuses.has('finalising') && monitor.run)
      void finalising?.(monitor.run);
    statuses.add(progress.status);
  });
  const opening = await openScanFile(path);
  const source: Source = {
    description: 'test',
    async *events() {
      await before();
      yield { type: 'scan', opening };
      yield { type: 'measured', first: 0, count: 420, pass: 0 };
      yield { type: 'end', status: 'complete' };
    },
  };
  try {
    const run = await followToEnd(monitor, source);
    await monitor.settled();
    const errors = monitor.alerts.filter(({ severity }) => severity === 'error');
    return { run, statuses, errors: errors.map(({ message }) => message) };
  } finally {
    await monitor.close();
  }
}

describe('a scan whose final maps cannot be made has failed, and is never said to be complete', () => {
  const check = ({ run, statuses, errors }: Followed, about: string) => {
    expect(run.status).toBe('failed');
    expect([...statuses]).toContain('failed');
    expect([...statuses]).not.toContain('complete');
    expect(errors.join('\n')).toContain(about);
  };

  it('where an edge dies again and again, though the others are done', async () => {
    const killed = await followed(
      'Si-L,C-K',
      async () => {},
      async (run) => {
        for (let n = 0; n <= MOST_RESTARTS; n++) await run.edges[0].kill();
      },
    );
    check(killed, 'Si-L: the thread has ended');
    expect(killed.run.edges[1].classSpectra).toBeDefined();
  }, 60_000);

  it('where the sums over the scan die again and again', async () => {
    const killed = await followed(
      'Si-L',
      async () => {},
      async (run) => {
        for (let n = 0; n <= MOST_RESTARTS; n++) await run.survey.kill();
      },
    );
    check(killed, 'sums and thickness');
  }, 60_000);

  it('where the axis covers none of the edges', async () => {
    const { run, statuses } = await followed('Ti-L:3456', async () => {});
    expect(run.status).toBe('failed');
    expect([...statuses]).not.toContain('complete');
  }, 60_000);

  it('where the file has gone when it is to be read', async () => {
    const raw = path.replace('.rpl', '.raw');
    const gone = await followed('Si-L', () => rename(raw, `${raw}.gone`));
    await rename(`${raw}.gone`, raw);
    check(gone, 'simulated-anode.raw');
  }, 60_000);
});

describe('analyse', () => {
  it('does not say complete before the results are written', async () => {
    const out = join(folder, 'a-file');
    await writeFile(out, 'in the way');
    for (const more of [[], ['--json']]) {
      const cli = new CliRun(['analyse', path, '--out', out, '--edges', 'Si-L', '--classes', '2', ...more]);
      expect(await cli.ended()).toBe(1);
      expect(cli.stdout + cli.stderr).not.toContain('complete');
      const lines = cli.stderr.trim().split('\n');
      expect(lines.filter((line) => line.startsWith('eelwatch: '))).toHaveLength(1);
      expect(lines.at(-1)).toContain('a-file');
    }
  }, 60_000);

  it('says complete once they are', async () => {
    const out = join(folder, 'results');
    const cli = new CliRun(['analyse', path, '--out', out, '--edges', 'Si-L', '--classes', '2', '--json']);
    expect(await cli.ended()).toBe(0);
    const events = cli.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const last = events.findLastIndex(({ event }) => event === 'progress');
    expect(events[last].status).toBe('complete');
    expect(events[last + 1].event).toBe('written');
  }, 60_000);
});
