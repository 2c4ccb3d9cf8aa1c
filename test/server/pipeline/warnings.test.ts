import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Alert, edgeAt } from '../../../protocol/index.ts';
import { Monitor } from '../../../server/pipeline/monitor.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import type { Source, SourceEvent } from '../../../server/sources/source.ts';
import { EDGE, LATE, mixed, SIDE } from '../../support/rare-phase.ts';
import { AXIS, normals, spectrum, writeCube } from '../../support/synthetic-cube.ts';

let folder: string;
let monitor: Monitor;
let told: Alert[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  await monitor.close();
  await rm(folder, { recursive: true, force: true });
});

function monitorOf(live: boolean): Monitor {
  told = [];
  monitor = new Monitor({
    analysis: { ...ANALYSIS_DEFAULTS, edges: [edgeAt('Ti-L', 456)], live },
    version: 'test',
    onAlert: (alert) => told.push(alert),
  });
  return monitor;
}

/** A finished scan as events. */
async function eventsOf(path: string): Promise<SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const event of watchPath(path, { once: true }).events(new AbortController().signal))
    events.push(event);
  return events.filter(({ type }) => type === 'scan');
}

const follow = (events: () => AsyncIterable<SourceEvent>) => {
  const source: Source = { description: 'a test', events };
  return monitor.follow(source, new AbortController().signal);
};

/** Resolves once `holds`, which is asked after every change; the test's own time limit ends a wait in vain. */
async function until(holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stop = monitor.subscribe(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

it('what goes on all scan long is told of once, and keeps its time while its figures grow', async () => {
  const normal = normals(5);
  const path = await writeCube(folder, 'dark', [10, 10], () => {
    const dark = spectrum(normal);
    dark[399] = -3;
    return dark;
  });
  monitorOf(true);
  const [scan] = await eventsOf(path);
  const negative = () => monitor.alerts.find(({ id }) => id.endsWith('/negative'));
  const seen: Alert[] = [];
  await follow(async function* () {
    yield scan;
    for (let row = 0; row < 4; row++) {
      yield { type: 'measured', first: 10 * row, count: 10, pass: 0 };
      const more = `in ${10 * row + 9} more pixels`;
      await until(() => negative()?.message.includes(more) ?? false);
      seen.push(...monitor.alerts.filter(({ id }) => id.endsWith('/negative')));
    }
  });
  expect(seen).toHaveLength(4);
  expect(new Set(seen.map(({ at }) => at)).size).toBe(1);
  expect(told.filter(({ id }) => id.endsWith('/negative'))).toHaveLength(1);
});

it('a scan that goes on after its end was none is not said to have ended', async () => {
  const normal = normals(6);
  const path = await writeCube(folder, 'late', [10, 10], () => spectrum(normal));
  monitorOf(true);
  const [scan] = await eventsOf(path);
  const words: string[][] = [];
  await follow(async function* () {
    yield scan;
    yield { type: 'measured', first: 0, count: 60, pass: 0 };
    yield { type: 'end', status: 'aborted' };
    await until(() => monitor.run?.status === 'aborted');
    words.push(monitor.run?.warnings ?? []);
    yield { type: 'measured', first: 60, count: 40, pass: 0 };
    words.push(monitor.run?.warnings ?? []);
    yield { type: 'end', status: 'complete' };
  });
  await monitor.settled();
  expect(words).toEqual([['late: ended after 60 of 100 spectra'], []]);
  expect(monitor.run?.status).toBe('complete');
  expect(monitor.run?.warnings).toEqual([]);
  expect(monitor.alerts).toEqual([]);
});

it('new classes and a background that is none are both said of an edge', async () => {
  const pure = mixed(LATE, 1);
  const path = await writeCube(folder, 'both', [SIDE, SIDE], (pixel) =>
    pure(pixel).map(
      (value, i) => value * Math.exp(-10 * Math.log((AXIS.offset + AXIS.dispersion * i) / 420) ** 2),
    ),
  );
  monitorOf(false);
  const stop = new AbortController();
  await monitor.follow(watchPath(path, { once: true }), stop.signal);
  await monitor.settled();
  expect(monitor.run?.edges.map(({ edge }) => edge.name)).toEqual([EDGE.name]);
  const said = monitor.run?.warnings.join('\n');
  expect(said).toMatch(/Ti-L: new class \d: \d+ pixels unlike every other class/);
  expect(said).toMatch(/Ti-L: the counts before the edge bend as no background does/);
});
