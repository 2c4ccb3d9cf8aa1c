import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseEdges } from '../../../protocol/index.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { MonitorCounts } from '../../../server/pipeline/monitor-counts.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import type { Source, SourceEvent } from '../../../server/sources/source.ts';
import { createMonitor } from '../../support/analyse.ts';
import { FakeLiveState } from '../../support/fake-live-state.ts';
import { startTestServer } from '../../support/test-server.ts';

it('alerts are counted by what they are about, without scan, edge and file', () => {
  const counts = new MonitorCounts();
  const raise = (id: string, severity: 'info' | 'warning' = 'warning') =>
    counts.alert({ id, severity }, 'a/b:1');
  for (const id of ['a/b:1/edge/Si-L', 'a/b:1/edge/C-K/few', 'companion:/x/y.rpl', 'recorder-fault'])
    raise(id);
  raise('recorder-fault', 'info');
  for (let n = 0; n < 1000; n++) raise(`made up ${n}`);
  const found = [...counts.alerts];
  expect(found.slice(0, 4)).toEqual([
    { cause: 'edge', severity: 'warning', count: 2 },
    { cause: 'companion', severity: 'warning', count: 1 },
    { cause: 'recorder-fault', severity: 'warning', count: 1 },
    { cause: 'recorder-fault', severity: 'info', count: 1 },
  ]);
  expect(found.length).toBeLessThanOrEqual(65);
  expect(found.at(-1)).toMatchObject({ cause: 'other' });
  expect(found.reduce((sum, { count }) => sum + count, 0)).toBe(1005);
});

it('what a source tells is counted', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  await simulate(folder, { shape: [8, 8], lowLoss: false });
  const [path] = [join(folder, 'simulated-anode.rpl')];
  const events: SourceEvent[] = [];
  for await (const event of watchPath(path, { once: true }).events(new AbortController().signal))
    if (event.type === 'scan') events.push(event);
  const source: Source = {
    description: 'counted',
    async *events() {
      yield* events;
      yield { type: 'measured', first: 0, count: 40, pass: 0 };
      yield { type: 'repeated', first: 0, count: 7, pass: 0 };
      for (const code of ['conflict', 'conflict', 'length']) yield { type: 'refused', code };
      yield { type: 'alert', alert: { id: 'recorder-fault', severity: 'warning', message: 'one' } };
      yield { type: 'alert', alert: { id: 'recorder-fault', severity: 'warning', message: 'two' } };
      yield { type: 'end', status: 'aborted' };
    },
  };
  const monitor = createMonitor(parseEdges('C-K'), { live: false });
  const state = Object.assign(new FakeLiveState(), { counts: monitor.counts });
  const server = await startTestServer({ state });
  try {
    await monitor.follow(source, new AbortController().signal);
    const text = await (await fetch(`${server.url}/metrics`)).text();
    for (const line of [
      'eelwatch_duplicate_spectra_total 7',
      'eelwatch_gap_pixels_total 24',
      'eelwatch_conflicts_total 2',
      'eelwatch_rejected_messages_total{wire="ingest",code="conflict"} 2',
      'eelwatch_rejected_messages_total{wire="ingest",code="length"} 1',
      'eelwatch_rejected_messages_total{wire="live",code="message"} 0',
      'eelwatch_alerts_total{cause="recorder-fault",severity="warning"} 2',
    ])
      expect(text).toContain(`${line}\n`);
  } finally {
    await server.close();
    await monitor.close();
    rmSync(folder, { recursive: true });
  }
});
