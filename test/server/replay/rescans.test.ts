import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { edgeAt, type Timeline } from '../../../protocol/index.ts';
import { openExportable } from '../../../server/exporting/open-exportable.ts';
import { keptResults } from '../../../server/replay/kept-results.ts';
import { Player } from '../../../server/replay/player.ts';
import { readJournal } from '../../../server/sessions/journal/journal-reader.ts';
import { sessionSource } from '../../../server/sources/file-sessions/session-source.ts';
import { createMonitor, mapBytes } from '../../support/analyse.ts';
import { REGION, type RescannedSession, recordRescanned } from '../../support/rescanned-session.ts';

let root: string;
let session: RescannedSession;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  session = await recordRescanned(root);
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

const asText = (maps: Map<string, Buffer>) =>
  Object.fromEntries([...maps].map(([name, bytes]) => [name, bytes.toString('base64')]));

describe('a session with a rescan', () => {
  it('has other maps than before it', () => {
    expect([...session.final.keys()]).toContain('Exposure');
    const changed = [...session.final].filter(
      ([name, bytes]) => session.before.get(name)?.equals(bytes) === false,
    );
    expect(changed.map(([name]) => name)).toContain('Total counts');
    expect(changed.length).toBeGreaterThan(4);
  });

  it('ends a replay with the maps as they were shown', async () => {
    const player = await Player.open(session.folder, { from: 'end' });
    const shown = new Map(
      player.layers.map(({ layer, data }) => [
        layer.name,
        Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      ]),
    );
    expect(asText(shown)).toEqual(asText(session.final));
    const timeline = player.topics.get('timeline') as Timeline;
    expect(timeline.marks.filter(({ kind }) => kind === 'rescan').map(({ text }) => text)).toEqual([
      'rescan "again" was added, 9 rows',
    ]);
    expect(await keptResults(session.folder)).toBe('as shown');
    await player.close();
  });

  it.each(['max', 1e6] as const)('gives the same maps when it is analysed again, speed %s', async (speed) => {
    const monitor = createMonitor([edgeAt('Ti-L', 456)]);
    await monitor.follow(sessionSource(session.folder, { speed }), new AbortController().signal);
    await monitor.settled();
    expect(monitor.run?.status).toBe('complete');
    expect(asText(mapBytes(monitor.run!))).toEqual(asText(session.final));
    await monitor.close();
  });

  it('shows the spectrum of a pixel with the counts that had been added by then', async () => {
    const player = await Player.open(session.folder, { from: 'end' });
    const pixel = (REGION.y + 2) * 24 + REGION.x + 3;
    const sumOf = async () => {
      const { raw } = await player.spectrum(pixel);
      return raw.reduce((sum, value) => sum + value, 0);
    };
    const after = await sumOf();
    const { records } = await readJournal(join(session.folder, 'journal.mcap'));
    const added = records.find(({ topic, content }) => topic === 'rescan' && content.state === 'added');
    await player.command({ type: 'seek', at: added!.time - 1 });
    const before = await sumOf();
    // Three times the dwell in the end.
    expect(after / before).toBeGreaterThan(2.7);
    expect(after / before).toBeLessThan(3.3);
    await player.close();
  });

  it('is exported with the counts of both', async () => {
    const exported = await openExportable(session.folder);
    const { counts } = exported;
    const pixel = (REGION.y + 2) * 24 + REGION.x + 3;
    const sum = async (at: number) => (await counts!.read(at, 1)).reduce((total, value) => total + value, 0);
    const covered = await sum(pixel);
    const other = await sum(0);
    expect(covered / other).toBeGreaterThan(2);
    await exported.close();
  });
});
