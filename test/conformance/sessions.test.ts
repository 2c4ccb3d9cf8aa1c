import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkedMessage } from '../../client/transport/decode.ts';
import { openExportable } from '../../server/exporting/open-exportable.ts';
import { decodeNpy } from '../../server/formats/numpy/numpy.ts';
import { keptResults } from '../../server/replay/kept-results.ts';
import { Player } from '../../server/replay/player.ts';
import { SessionLibrary } from '../../server/replay/session-library.ts';
import { SessionStore } from '../../server/sessions/session-store.ts';
import { CliRun } from '../support/cli.ts';

const SESSIONS = join(import.meta.dirname, 'sessions');
const VERSIONS = readdirSync(SESSIONS);
const PIXELS = 48;

it('there are some', () => expect(VERSIONS.length).toBeGreaterThan(0));

describe.each(VERSIONS)('sessions of version %s', (version) => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
    // Reading them must not change them, but notes may be written.
    cpSync(join(SESSIONS, version), root, { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('are listed', async () => {
    const { sessions, unreadable } = await new SessionLibrary(
      new SessionStore({ root, version: 'test' }),
    ).list();
    expect(unreadable).toEqual([]);
    expect(sessions.map(({ id }) => id).sort()).toEqual(['pushed', 'watched']);
    for (const session of sessions)
      expect(session).toMatchObject({ status: 'complete', hasResults: true, canReplay: true });
  });

  it('are checked: what was pushed is whole, what was watched is missed by name', async () => {
    const run = new CliRun(['sessions', 'check', root, '--json']);
    expect(await run.ended()).toBe(3);
    const of = (name: string) => run.events.find(({ session }) => session === join(root, name));
    expect(of('pushed')).toMatchObject({ pixels: [PIXELS], losses: [] });
    expect(JSON.stringify(of('watched'))).toContain('watched.rpl');
  });

  it.each(['pushed', 'watched'])(
    '%s ends a replay with its final maps, which are those of its results',
    async (name) => {
      const folder = join(root, name);
      expect(await keptResults(folder)).toBe('as shown');
      const player = await Player.open(folder, { from: 'end' });
      const labels = player.layers.find(({ layer }) => layer.kind === 'labels')?.data;
      const kept = decodeNpy(readFileSync(join(folder, 'results', 'Ti-L', 'labels.npy'))).data;
      expect([...(labels ?? [])]).toEqual([...kept]);
      expect(player.topics.get('edge/Ti-L')).toMatchObject({ status: 'final', present: PIXELS });
      for (const topic of player.topics.values())
        expect(checkedMessage(JSON.parse(JSON.stringify(topic))), topic.type).toBeDefined();
      await player.command({ type: 'seek-row', row: 0 });
      await player.close();
    },
  );

  it('show the spectrum of a pixel where their counts are, and say where they are missed', async () => {
    const pushed = await Player.open(join(root, 'pushed'), { from: 'end' });
    expect((await pushed.spectrum(5)).edges[0]).toMatchObject({ name: 'Ti-L' });
    await pushed.close();
    const watched = await Player.open(join(root, 'watched'), { from: 'end' });
    await expect(watched.spectrum(5)).rejects.toThrow('watched.rpl');
    await watched.close();
  });

  it('are exported with what there is', async () => {
    const pushed = await openExportable(join(root, 'pushed'));
    expect(pushed.counts).toBeDefined();
    expect(pushed.maps.map(({ layer }) => layer.name)).toContain('HAADF');
    await pushed.close();
    const watched = await openExportable(join(root, 'watched'));
    expect(watched.counts).toBeUndefined();
    expect(watched.maps.map(({ layer }) => layer.name)).toContain('Ti-L classes');
    expect(watched.notes.join()).toContain('the counts cannot be read');
    await watched.close();
  });

  it('are analysed again from their counts', async () => {
    const out = join(root, 'again');
    const run = new CliRun(['replay', join(root, 'pushed'), '--classes', '2', '--out', out]);
    expect(await run.ended(), run.stderr).toBe(0);
    const { data } = decodeNpy(readFileSync(join(out, 'Ti-L', 'labels.npy')));
    expect(new Set(data)).toEqual(new Set([0, 1]));
  });
});
