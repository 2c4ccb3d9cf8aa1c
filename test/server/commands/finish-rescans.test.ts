import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Scan } from '../../../protocol/index.ts';
import { finishSessions } from '../../../server/commands/finish-sessions.ts';
import { checkOptions } from '../../../server/config.ts';
import { hasResults } from '../../../server/sessions/has-results.ts';
import { readJournal } from '../../../server/sessions/journal/journal-reader.ts';
import type { PassWriter } from '../../../server/sessions/passes/pass-writer.ts';
import { readDescription } from '../../../server/sessions/session-description.ts';
import { SessionStore } from '../../../server/sessions/session-store.ts';
import { AXIS, CHANNELS } from '../../support/synthetic-cube.ts';
import { texturedRows } from '../../support/textured-specimen.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rmSync(root, { recursive: true }));

async function write(pass: PassWriter, rows: Uint8Array[]): Promise<void> {
  const columns = rows[0].byteLength / (4 * CHANNELS);
  for (const [row, core] of rows.entries())
    await pass.write({ first: row * columns, end: (row + 1) * columns }, [core], new Map());
}

it('a rescan that had ended when the monitor was killed is added at the next start, and the maps are those of both', async () => {
  const store = new SessionStore({ root, version: 'test' });
  const scan: Scan = {
    id: 'anode',
    name: 'anode',
    shape: [20, 16],
    channels: CHANNELS,
    energy: AXIS,
    dtype: 'f32',
  };
  const session = await store.open({ scan, order: 'raster', pass: 0 }, 'a test');
  const now = new Date().toISOString();
  await write((await session.beginPass(0)).pass, texturedRows({ y: 0, x: 0, height: 20, width: 16 }, 200, 1));
  await session.end('complete', now);
  const region = { parentId: 'anode', y: 3, x: 2, height: 10, width: 12 };
  const rescan = await session.rescans.begin({
    scan: { ...scan, id: 'again', name: 'again', shape: [10, 12], region },
    order: 'raster',
    finer: 1,
    status: 'open',
    created: now,
    signals: [],
  });
  await write(rescan.pass, texturedRows(region, 200, 2));
  await rescan.end('complete', now);
  const { folder } = session;
  await session.close();

  const done: string[] = [];
  await finishSessions({
    store,
    options: checkOptions({ edges: 'Ti-L', json: true }),
    signal: new AbortController().signal,
    done: (finished) => done.push(finished),
    failed: (message) => done.push(message),
  });
  expect(done).toEqual([folder]);
  expect(await hasResults(folder)).toBe(true);
  const description = await readDescription(folder);
  expect(description).toMatchObject({
    format: 3,
    status: 'complete',
    rescans: [{ settled: true }],
    patches: [{ rescan: 'rescan-1', rows: [0, 10], y: 3, x: 2, dwells: 1 }],
  });
  const { records } = await readJournal(join(folder, 'journal.mcap'));
  expect(records[0]).toMatchObject({ topic: 'rescan', content: { state: 'added', patches: 1 } });
  // Once is enough.
  await finishSessions({
    store,
    options: checkOptions({ edges: 'Ti-L', json: true }),
    signal: new AbortController().signal,
    done: (finished) => done.push(finished),
    failed: (message) => done.push(message),
  });
  expect(done).toEqual([folder]);
});
