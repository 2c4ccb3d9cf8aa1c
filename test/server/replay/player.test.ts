import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Player as PlayerTopic, Timeline } from '../../../protocol/index.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import type { LiveLayer, StateChange } from '../../../server/pipeline/live-state.ts';
import { Player } from '../../../server/replay/player.ts';
import { readJournal } from '../../../server/sessions/journal/journal-reader.ts';
import type { JournalRecord } from '../../../server/sessions/journal/journal-records.ts';
import { recordSession, type SessionOfTest } from '../../support/recorded-session.ts';

let root: string;
let session: SessionOfTest;
let records: JournalRecord[];
const players: Player[] = [];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  session = await recordSession(root, { note: 'made while the scan ran' });
  ({ records } = await readJournal(join(session.folder, 'journal.mcap')));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(async () => {
  for (const player of players.splice(0)) await player.close();
});

async function open(options: Parameters<typeof Player.open>[1] = {}): Promise<Player> {
  const player = await Player.open(session.folder, options);
  players.push(player);
  return player;
}

const bytesOf = ({ data }: LiveLayer): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
const mapsOf = (player: Player): Map<string, string> =>
  new Map(player.layers.map((layer) => [layer.layer.name, bytesOf(layer).toString('base64')]));
const stateOf = (player: Player): PlayerTopic => player.topics.get('player') as PlayerTopic;

function hashOf(player: Player, edge: string): string {
  const hash = createHash('sha256');
  for (const layer of player.layers)
    if (layer.layer.edge === edge && ['labels', 'embedding', 'uncertainty'].includes(layer.layer.kind))
      hash.update(bytesOf(layer));
  return hash.digest('hex');
}

describe('a replay', () => {
  it('ends with the final maps as they were shown', async () => {
    const player = await open({ from: 'end' });
    const shown = new Map([...session.final].map(([name, bytes]) => [name, bytes.toString('base64')]));
    expect(mapsOf(player)).toEqual(shown);
    expect(player.topics.get('progress')).toMatchObject({ status: 'complete' });
    expect(player.topics.get('edge/Ti-L')).toMatchObject({ status: 'final' });
  });

  it('shows at every model the maps whose hash was recorded', async () => {
    const player = await open();
    const revisions = records.flatMap((record) => (record.topic === 'revision' ? [record] : []));
    expect(revisions.length).toBeGreaterThan(1);
    for (const { time, content } of [...revisions].reverse()) {
      await player.command({ type: 'seek', at: time });
      expect(hashOf(player, content.edge)).toBe(content.hash);
      expect(player.topics.get('edge/Ti-L')).toMatchObject({ revision: content.revision });
    }
  });

  it('shows the same at a moment whichever way it came there', async () => {
    const [jumping, walking] = [await open({ from: 'end' }), await open()];
    const { start, end } = walking.topics.get('timeline') as Timeline;
    const random = createRandom(7);
    const moments = Array.from({ length: 20 }, () => Math.round(start + random() * (end - start)));
    const seen = new Map<number, Map<string, string>>();
    for (const at of [...moments].sort((a, b) => a - b)) {
      await walking.command({ type: 'seek', at });
      seen.set(at, mapsOf(walking));
    }
    for (const at of moments) {
      await jumping.command({ type: 'seek', at });
      expect(mapsOf(jumping)).toEqual(seen.get(at));
      expect([...jumping.topics.keys()].sort()).toContain('player');
    }
  });

  it.each([1, 7, 'max'] as const)('plays at %s to the same end, in its time', async (speed) => {
    let ms = 0;
    const player = await open({ speed, clock: { monotonic: () => ms, wall: () => 0 } });
    const { start, end } = player.topics.get('timeline') as Timeline;
    await player.command({ type: 'play' });
    const began = ms;
    for (let guard = 0; stateOf(player).state === 'playing' && guard < 2000; guard++) {
      ms += 200;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(stateOf(player).state).toBe('ended');
    if (speed !== 'max') expect((ms - began) * speed).toBeGreaterThanOrEqual(end - start);
    const shown = new Map([...session.final].map(([name, bytes]) => [name, bytes.toString('base64')]));
    expect(mapsOf(player)).toEqual(shown);
  });

  it('tells dashboards of every row that it changes', async () => {
    const player = await open({ from: 'end' });
    const copies = new Map(player.layers.map((layer) => [layer.layer.id, Buffer.from(bytesOf(layer))]));
    const [rows] = player.scan.scan.shape;
    player.subscribe((change: StateChange) => {
      if (change.type === 'scan') {
        copies.clear();
        for (const layer of player.layers) copies.set(layer.layer.id, Buffer.from(bytesOf(layer)));
      }
      if (change.type === 'layer') {
        const layer = player.layers.find((one) => one.layer.id === change.message.layer.id) as LiveLayer;
        copies.set(layer.layer.id, Buffer.from(bytesOf(layer)));
      }
      if (change.type !== 'rows') return;
      const layer = player.layers.find((one) => one.layer.id === change.layer) as LiveLayer;
      const perRow = layer.data.byteLength / rows;
      const [from, to] = [change.firstRow * perRow, (change.firstRow + change.rows) * perRow];
      bytesOf(layer).copy(copies.get(change.layer) as Buffer, from, from, to);
    });
    for (const row of [20, 3, 11, 12, 23, 0]) {
      await player.command({ type: 'seek-row', row });
      for (const layer of player.layers)
        expect(bytesOf(layer).equals(copies.get(layer.layer.id) as Buffer), layer.layer.name).toBe(true);
    }
  });

  it('steps by rows, and goes to a row', async () => {
    const player = await open();
    await player.command({ type: 'seek-row', row: 9 });
    const { row } = stateOf(player);
    // What was shown is recorded several times a second: rows that came meanwhile are there too.
    expect(row).toBeGreaterThanOrEqual(10);
    await player.command({ type: 'step', rows: 5 });
    expect(stateOf(player).row).toBeGreaterThanOrEqual(Math.min(row + 5, 24));
    await player.command({ type: 'step', rows: -100 });
    expect(stateOf(player)).toMatchObject({ row: 0, state: 'paused' });
  });

  it('shows the spectrum of a pixel with the model of the moment', async () => {
    const player = await open({ from: 'end' });
    const late = await player.spectrum(20);
    expect(late.raw).toHaveLength(400);
    expect(late.edges[0]).toMatchObject({ name: 'Ti-L', label: expect.any(Number) });
    expect(late.edges[0].reconstruction).toBeDefined();
    await player.command({ type: 'seek-row', row: 0 });
    expect(await player.spectrum(23 * 16)).toMatchObject({ measured: false, edges: [] });
    expect((await player.spectrum(2)).raw).toHaveLength(400);
    await expect(player.spectrum(24 * 16)).rejects.toThrow('expected 0 to 383');
  });

  it('says what happened, and when', async () => {
    const player = await open();
    const { start, end, progress, marks, total } = player.topics.get('timeline') as Timeline;
    expect(end - start).toBeGreaterThan(1000);
    expect(progress.at(-1)?.[1]).toBe(total);
    expect(marks.filter(({ kind }) => kind === 'refit').length).toBeGreaterThan(1);
    expect(marks.find(({ kind }) => kind === 'end')?.text).toBe('complete after 384 spectra');
  });

  it('keeps notes, which are there when it is opened again', async () => {
    const player = await open({ from: 'end' });
    const place = { kind: 'region', y: 1, x: 2, height: 3, width: 4 } as const;
    await player.command({ type: 'annotate', text: 'a precipitate', author: 'K.', place });
    await expect(
      player.command({ type: 'annotate', text: 'outside', place: { kind: 'point', y: 24, x: 0 } }),
    ).rejects.toThrow('place: expected within 24 × 16 pixels');
    const again = await open();
    const notes = again.topics.get('annotations');
    const live = { text: 'made while the scan ran' };
    const late = { text: 'a precipitate', author: 'K.', place };
    expect(notes).toMatchObject({ annotations: [live, late] });
    const [, { id }] = notes?.type === 'annotations' ? notes.annotations : [];
    await again.command({ type: 'remove-annotation', id });
    expect((await open()).topics.get('annotations')).toMatchObject({ annotations: [live] });
    const actions = records.flatMap(({ topic, content }) => (topic === 'action' ? [content.command] : []));
    expect(actions).toEqual([{ type: 'annotate', ...live }]);
  });

  it('refuses what only a live scan can do', async () => {
    const player = await open();
    const axis = { type: 'axis', epoch: 1, offset: 350, dispersion: 0.5 } as const;
    await expect(player.command(axis)).rejects.toThrow('--energy');
  });

  /** Names of maps of which a sample is neither that of the recording nor not measured. */
  function wrongMaps(player: Player): string[] {
    const wrong = player.layers.filter(({ layer, data }) => {
      const bytes = session.final.get(layer.name) as Buffer;
      const right = new (data.constructor as Float32ArrayConstructor)(new Uint8Array(bytes).buffer);
      return data.some((value, i) => !(Object.is(value, right[i]) || value === -2 || Number.isNaN(value)));
    });
    return wrong.map(({ layer }) => layer.name);
  }

  it('leaves damaged pictures out, and says so', async () => {
    const path = join(session.folder, 'pictures.raw');
    const whole = readFileSync(path);
    const random = createRandom(11);
    try {
      for (let n = 0; n < 40; n++) {
        const at = Math.floor(random() * whole.length);
        const spoilt = n % 2 === 0 ? whole.subarray(0, at) : Buffer.from(whole);
        if (n % 2 === 1) spoilt[at] ^= 1 << Math.floor(8 * random());
        writeFileSync(path, spoilt);
        const player = await Player.open(session.folder, { from: 'end' });
        expect(wrongMaps(player)).toEqual([]);
        // Damage that nothing on show depends on is nobody's concern.
        const shown = player.layers.every((layer) =>
          bytesOf(layer).equals(session.final.get(layer.layer.name) as Buffer),
        );
        expect(player.alerts.some(({ id }) => id === 'replay/damaged')).toBe(!shown);
        await player.close();
      }
    } finally {
      writeFileSync(path, whole);
    }
  });
});
