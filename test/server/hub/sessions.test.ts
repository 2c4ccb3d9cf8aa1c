import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join as joinPath } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Player, SessionEntry, Timeline } from '../../../protocol/index.ts';
import { SessionLibrary } from '../../../server/replay/session-library.ts';
import { SessionJournal } from '../../../server/sessions/journal/session-journal.ts';
import { SessionLock } from '../../../server/sessions/session-lock.ts';
import { SessionStore } from '../../../server/sessions/session-store.ts';
import { LiveClient } from '../../support/live-client.ts';
import { recordSession, type SessionOfTest } from '../../support/recorded-session.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const SHAPE: [number, number] = [12, 8];
let root: string;
let session: SessionOfTest;
let id: string;
let library: SessionLibrary;
let server: TestServer;
beforeAll(async () => {
  root = mkdtempSync(joinPath(tmpdir(), 'eelwatch-test-'));
  session = await recordSession(root, { shape: SHAPE, rowMs: 30 });
  id = basename(session.folder);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(async () => {
  library = new SessionLibrary(new SessionStore({ root, version: 'test' }));
  server = await startTestServer({ library });
});
afterEach(async () => {
  await server.close();
  await library.close();
});

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}/api/${path}`, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, body: isJson ? await response.json() : await response.arrayBuffer() };
}
const path = (rest = '') => `sessions/${encodeURIComponent(id)}${rest}`;
const listed = async (): Promise<SessionEntry[]> => (await ask('GET', 'sessions')).body.sessions;

describe('recorded sessions over HTTP', () => {
  it('are listed with what people look for them by', async () => {
    const [entry] = await listed();
    expect(entry).toMatchObject({
      id,
      name: 'anode',
      pinned: false,
      status: 'complete',
      recording: false,
      finalising: false,
      scan: { shape: SHAPE, simulated: true },
      hasResults: true,
      canReplay: true,
    });
    expect(entry.bytes).toBeGreaterThan(4 * 400 * 96);
    expect((await ask('GET', path())).body).toMatchObject({ id, description: { format: 1 } });
  });

  it('have a thumbnail of their class map', async () => {
    const { status, body } = await ask('GET', path('/thumbnail.png'));
    expect(status).toBe(200);
    expect(Buffer.from(body).subarray(1, 4).toString()).toBe('PNG');
    expect(Buffer.from(body).readUInt32BE(16)).toBe(SHAPE[1]);
  });

  it('are downloaded for other programs, under their name', async () => {
    const response = await fetch(`${server.url}/api/${path('/export/csv')}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-disposition')).toContain('anode.csv.zip');
    expect(
      Buffer.from(await response.arrayBuffer())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK');
    expect((await ask('GET', path('/export/tif'))).status).toBe(404);
    expect((await ask('GET', 'sessions/none/export/csv')).status).toBe(404);
  });

  it('are renamed, noted and pinned, and stay what they are otherwise', async () => {
    expect((await ask('PATCH', path(), { name: 'Anode 3', note: 'cycled' })).body).toMatchObject({
      name: 'Anode 3',
      note: 'cycled',
      pinned: false,
    });
    expect((await ask('PATCH', path(), { name: '', pinned: true })).body).toMatchObject({
      name: 'anode',
      note: 'cycled',
      pinned: true,
    });
    expect((await ask('PATCH', path(), { note: '', pinned: false })).body).not.toHaveProperty('note');
  });

  it('are deleted with undo, and for good when the monitor ends', async () => {
    expect((await ask('DELETE', path())).status).toBe(200);
    expect(await listed()).toEqual([]);
    expect((await ask('POST', path('/restore'))).body).toMatchObject({ id });
    expect(await listed()).toHaveLength(1);
    const other = await recordSession(root, { shape: SHAPE, rowMs: 0, name: 'other' });
    await ask('DELETE', `sessions/${encodeURIComponent(basename(other.folder))}`);
    await library.close();
    expect(existsSync(joinPath(root, '.deleted', basename(other.folder)))).toBe(false);
    expect(existsSync(session.folder)).toBe(true);
  });

  it('that are pinned or looked at are not deleted', async () => {
    await ask('PATCH', path(), { pinned: true });
    expect(await ask('DELETE', path())).toMatchObject({ status: 409 });
    await ask('PATCH', path(), { pinned: false });
    const client = new LiveClient(`${server.url}/live?session=${encodeURIComponent(id)}`);
    await client.until(() => client.scan !== undefined);
    const { status, body } = await ask('DELETE', path());
    expect([status, body.error]).toEqual([409, expect.stringContaining('nobody looks at')]);
    client.ws.terminate();
  });

  it('are deleted by rules, but not while they are recorded, pinned or looked at', async () => {
    const one = await recordSession(root, { shape: SHAPE, rowMs: 0, name: 'old' });
    const name = basename(one.folder);
    expect(await library.expire({ sessions: 100 })).toEqual([]);
    const lock = await SessionLock.take(one.folder);
    await ask('PATCH', path(), { pinned: true });
    expect(await library.expire({ sessions: 0 })).toEqual([]);
    lock.release();
    expect(await library.expire({ sessions: 0 }, (id) => id === name)).toEqual([]);
    expect(await library.expire({ sessions: 0 })).toEqual([name]);
    expect((await listed()).map(({ id }) => id)).toEqual([id]);
    await ask('PATCH', path(), { pinned: false });
  });

  it('are refused for requests of other pages, wrong bodies and names that lead elsewhere', async () => {
    const origin = { Origin: 'http://elsewhere.example' };
    expect((await ask('DELETE', path(), undefined, origin)).status).toBe(403);
    expect((await ask('PATCH', path(), { name: 'x' }, origin)).status).toBe(403);
    expect((await ask('PATCH', path(), '{')).status).toBe(400);
    expect(await ask('PATCH', path(), { nme: 'x' })).toMatchObject({ status: 400 });
    expect((await ask('PATCH', path(), { name: 'x'.repeat(100_000) })).status).toBe(413);
    const outside = encodeURIComponent(`../${basename(dirname(session.folder))}/${id}`);
    for (const name of ['nothing', outside, '..', '.deleted', '%00'])
      expect((await ask('GET', `sessions/${name}/thumbnail.png`)).status).toBe(404);
    expect(await listed()).toHaveLength(1);
  });
});

describe('a recorded session on /live', () => {
  const look = async () => {
    const client = new LiveClient(`${server.url}/live?session=${encodeURIComponent(id)}`);
    await client.until(() => client.topics.has('player') && client.topics.has('timeline'));
    return client;
  };

  it('is shown at its end, beside the scan under way', async () => {
    const client = await look();
    expect(client.of('hello')[0].capabilities).toEqual(expect.arrayContaining(['replay', 'seek', 'speed']));
    await client.until(() => client.topics.get('progress') !== undefined);
    expect(client.topics.get('progress')).toMatchObject({ status: 'complete' });
    const live = await LiveClient.join(server.url);
    expect(live.of('hello')[0].capabilities).toEqual(['sessions']);
    expect(live.scan).toBeUndefined();
    const labels = [...client.layers.values()].find(({ kind }) => kind === 'labels');
    const wanted = session.final.get(labels?.name ?? '');
    const same = () =>
      wanted?.equals(
        Buffer.from((client.maps.get(labels?.id ?? -1)?.buffer ?? new ArrayBuffer(0)) as ArrayBuffer),
      );
    await client.until(() => same() === true);
    for (const one of [client, live]) one.ws.terminate();
  });

  it('is played by commands, from a page or a script, and everybody who looks sees it', async () => {
    const [one, two] = [await look(), await look()];
    one.ws.send(JSON.stringify({ type: 'command', request: 5, command: { type: 'seek-row', row: 3 } }));
    await one.until(() => one.of('answer').length === 1);
    expect(one.of('answer')).toEqual([{ type: 'answer', request: 5 }]);
    const player = () => two.topics.get('player') as Player | undefined;
    const { end } = two.topics.get('timeline') as Timeline;
    await two.until(() => (player()?.at ?? end) < end);
    const { body } = await ask('POST', 'player', { session: id, command: { type: 'speed', speed: 7 } });
    expect(body).toMatchObject({ type: 'player', session: id, speed: 7, row: player()?.row });
    const refused = await ask('POST', 'player', { session: id, command: { type: 'speed', speed: 7000 } });
    expect(refused).toMatchObject({ status: 400 });
    expect((await ask('POST', 'player', { session: 'none', command: { type: 'play' } })).status).toBe(404);
    for (const client of [one, two]) client.ws.terminate();
  });

  it('that has grown is opened anew once nobody looks at it', async () => {
    const other = await recordSession(root, { shape: SHAPE, rowMs: 0, name: 'growing' });
    const name = basename(other.folder);
    const end = async () => {
      const client = new LiveClient(`${server.url}/live?session=${encodeURIComponent(name)}`);
      await client.until(() => client.topics.has('timeline'));
      client.ws.terminate();
      return (client.topics.get('timeline') as Timeline).end;
    };
    const before = await end();
    const journal = new SessionJournal(other.folder, { fault: () => {}, now: () => before + 5000 });
    journal.note('stalled', {});
    await journal.close();
    await expect.poll(end).toBe(before + 5000);
  });

  it('that is not there is refused in words', async () => {
    const client = new LiveClient(`${server.url}/live?session=none`);
    const status = await new Promise((resolve) =>
      client.ws.on('unexpected-response', (_request, response) => resolve(response.statusCode)),
    );
    expect(status).toBe(404);
  });
});
