import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { LIVE_BUNDLES_SUBPROTOCOL, LIVE_SUBPROTOCOL } from '../../../protocol/index.ts';
import { type ServerOptions, startServer } from '../../../server/hub/server.ts';
import type { Ingest } from '../../../server/sources/producers/ingest.ts';
import { FakeLiveState } from '../../support/fake-live-state.ts';
import { LiveClient } from '../../support/live-client.ts';
import { createTestIngest } from '../../support/test-ingest.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const createToken = () => randomBytes(32).toString('base64url');

let server: TestServer;
let ingest: Ingest;
const start = async (options: Partial<ServerOptions> = {}) => {
  ingest = createTestIngest();
  server = await startTestServer({ ingest, ...options });
  return server;
};
afterEach(async () => {
  await server.close();
  await ingest.close();
});

/** Tries a WebSocket: 101 when it is taken, else the status and the reason in words. */
async function upgrade(
  path: string,
  headers: Record<string, string> = {},
  protocols: string[] = path.startsWith('/live') ? [LIVE_SUBPROTOCOL] : [],
): Promise<{ status: number; error?: string }> {
  const options: ClientOptions = { headers };
  const ws = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, protocols, options);
  return new Promise((resolve) => {
    ws.on('error', () => {});
    ws.on('open', () => {
      ws.terminate();
      resolve({ status: 101 });
    });
    ws.on('unexpected-response', async (_request, response: IncomingMessage) => {
      const { error } = JSON.parse(await textOf(response));
      ws.terminate();
      resolve({ status: response.statusCode ?? 0, error });
    });
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** A request whose path and Host are sent as they are. */
async function get(path: string, headers: Record<string, string> = {}) {
  const sent = request({ host: '127.0.0.1', port: server.port, path, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, text: await textOf(response) };
}

describe('on loopback', () => {
  it('refuses names that merely lead to this machine, on pages and WebSockets', async () => {
    await start();
    const { port } = server;
    const hostile = [
      'attacker.test',
      `attacker.test:${port}`,
      `127.0.0.1.evil:${port}`,
      `localhost.evil:${port}`,
      `127.0.0.1:${port + 1}`,
      `localhost`,
      `evil@localhost:${port}`,
      `10.0.0.1:${port}`,
      `localhost:${port}:${port}`,
    ];
    for (const host of hostile) {
      expect([host, (await get('/api/status', { Host: host })).status]).toEqual([host, 403]);
      expect([host, (await upgrade('/live', { Host: host })).status]).toEqual([host, 403]);
      expect([host, (await upgrade('/ingest', { Host: host })).status]).toEqual([host, 403]);
    }
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`, `[::1]:${port}`])
      expect([host, (await get('/api/status', { Host: host })).status]).toEqual([host, 200]);
  });

  it('refuses WebSockets from pages of any other origin, and sends them nothing', async () => {
    await start();
    const { port } = server;
    const hostile = [
      'https://evil.example',
      'null',
      '',
      'http://localhost.evil',
      `http://localhost.evil:${port}`,
      `http://127.0.0.1.evil:${port}`,
      `http://127.0.0.1:${port + 1}`,
      'http://127.0.0.1',
      `https://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      `http://127.0.0.1:${port}.evil`,
      `http://127.0.0.1:${port}/`,
      `file://127.0.0.1:${port}`,
    ];
    for (const path of ['/live', '/ingest'])
      for (const origin of hostile) {
        const answer = await upgrade(path, { Origin: origin });
        expect([path, origin, answer.status]).toEqual([path, origin, 403]);
        expect(answer.error).toContain('Origin: expected http://127.0.0.1');
      }
    for (const path of ['/live', '/ingest']) {
      expect((await upgrade(path, { Origin: `http://127.0.0.1:${port}` })).status).toBe(101);
      const named = { Host: `localhost:${port}`, Origin: `http://localhost:${port}` };
      expect((await upgrade(path, named)).status).toBe(101);
      expect((await upgrade(path)).status).toBe(101);
    }
  });

  it('refuses another protocol version with a reason to be read', async () => {
    await start();
    const reason = { status: 400, error: `subprotocol: expected ${LIVE_SUBPROTOCOL}; reload the dashboard` };
    expect(await upgrade('/live', {}, ['eelwatch.live.v0'])).toEqual(reason);
    expect(await upgrade('/live', {}, [])).toEqual(reason);
    expect((await upgrade('/live', {}, ['eelwatch.live.v0', LIVE_SUBPROTOCOL])).status).toBe(101);
    expect((await upgrade('/live', {}, [LIVE_BUNDLES_SUBPROTOCOL])).status).toBe(101);
    expect(JSON.parse((await get('/api/status')).text).protocol).toBe(LIVE_SUBPROTOCOL);
    expect((await upgrade('/elsewhere')).status).toBe(404);
  });

  it('takes a bounded number of dashboards and producers', async () => {
    await start();
    const clients = await Promise.all(Array.from({ length: 64 }, () => LiveClient.join(server.url)));
    expect(await upgrade('/live')).toEqual({ status: 503, error: '64 dashboards are connected already' });
    clients[0].ws.terminate();
    await expect.poll(async () => JSON.parse((await get('/api/status')).text).connections).toBe(63);
    expect((await upgrade('/live')).status).toBe(101);
  });

  it('has no /ingest where nothing listens', async () => {
    await start();
    const other = await startServer({
      port: 0,
      state: new FakeLiveState(),
      clientDirectory: server.clientDirectory,
    });
    const ws = new WebSocket(`${other.url.replace('http', 'ws')}/ingest`);
    ws.on('error', () => {});
    const [, response] = await once(ws, 'unexpected-response');
    expect(response.statusCode).toBe(404);
    ws.terminate();
    await other.close();
  });
});

describe('with a token', () => {
  it('is needed for every address that can be reached from elsewhere', async () => {
    await start();
    const { clientDirectory } = server;
    const options = { port: 0, state: new FakeLiveState(), clientDirectory };
    await expect(startServer({ ...options, host: '0.0.0.0' })).rejects.toThrow(
      '--host: token: expected a --token, since 0.0.0.0 can be reached from elsewhere',
    );
    const weak = [
      'a'.repeat(64),
      'abcdefgh'.repeat(4),
      '0123456789abcdefghijklmnopqrstuvwxyz',
      'aabb'.repeat(9),
    ];
    for (const token of [
      ...weak,
      '',
      'secret',
      'a'.repeat(31),
      'Zy_-9876543210abcdefghi',
      `${'a'.repeat(31)} `,
    ])
      await expect(startServer({ ...options, host: '0.0.0.0', token })).rejects.toThrow(
        '--token: token: expected 32 or more of A–Z, a–z, 0–9, - and _',
      );
  });

  it('everything is closed to those who do not bear it', async () => {
    const token = createToken();
    await start({ token });
    const wrong = [
      {},
      { Authorization: `Bearer ${createToken()}` },
      { Authorization: `Bearer ${token.slice(1)}` },
      { Authorization: `Basic ${token}` },
      { Authorization: 'Bearer' },
      { Cookie: `eelwatch-${server.port}=${token}` },
    ];
    for (const headers of wrong) {
      for (const path of [
        '/',
        '/api/status',
        '/metrics',
        '/assets/main-1.js',
        `/?token=${token}x`,
        '/?token=',
      ])
        expect([path, (await get(path, headers)).status]).toEqual([path, 401]);
      for (const path of ['/live', '/ingest', `/live?token=${token}x`])
        expect([path, (await upgrade(path, headers)).status]).toEqual([path, 401]);
    }
    expect((await get('/', {})).headers['www-authenticate']).toBe('Bearer');
  });

  it('programs bear it in a header or in the query', async () => {
    const token = createToken();
    await start({ token });
    expect((await get('/api/status', { Authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await get(`/api/status?token=${token}`)).status).toBe(200);
    for (const path of ['/live', '/ingest']) {
      expect((await upgrade(path, { Authorization: `Bearer ${token}` })).status).toBe(101);
      expect((await upgrade(`${path}?token=${token}`)).status).toBe(101);
      expect(
        (await upgrade(path, { Authorization: `Bearer ${token}`, Origin: 'https://evil.example' })).status,
      ).toBe(403);
    }
  });

  it('browsers exchange it for a cookie, which opens WebSockets only together with the origin', async () => {
    const token = createToken();
    await start({ token });
    expect(server.openUrl).toBe(`${server.url}/?token=${token}`);
    const page = await get(`/?token=${token}`, { Accept: 'text/html,*/*' });
    expect(page.status).toBe(200);
    expect(page.text).not.toContain(token);
    expect(page.text).toContain('content="0; url=/"');
    const [setCookie] = page.headers['set-cookie'] ?? [];
    expect(setCookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(setCookie).not.toContain(token);
    const cookie = { Cookie: `other=1; ${setCookie.split(';')[0]}` };
    expect((await get('/', cookie)).text).toContain('dashboard');
    const origin = `http://127.0.0.1:${server.port}`;
    expect((await upgrade('/live', { ...cookie, Origin: origin })).status).toBe(101);
    expect((await upgrade('/live', { ...cookie, Origin: 'https://evil.example' })).status).toBe(403);
    for (const path of ['/live', '/ingest']) expect((await upgrade(path, cookie)).status).toBe(403);
  });

  it('never leads to another site after the exchange', async () => {
    const token = createToken();
    await start({ token });
    for (const path of [
      '//evil.example/',
      '///evil.example/a',
      '//x//evil.example/',
      '/\\evil.example/',
      '/.//evil.example',
      '/"><script>/',
      'http://evil.example//evil.example/',
    ]) {
      const { text } = await get(`${path}?token=${token}`, { Accept: 'text/html' });
      expect(text).toContain('content="0; url=/');
      expect(text).not.toMatch(/url=\/\/|<script|url=[^/]/);
    }
  });

  it('wrong ones have to wait after a while, and the right one never', async () => {
    const token = createToken();
    await start({ token });
    const bearing = (text: string) => get('/api/status', { Authorization: `Bearer ${text}` });
    const guesses = [];
    for (let n = 0; n < 70; n++) guesses.push(await bearing(createToken()));
    const statuses = guesses.map(({ status }) => status);
    expect(statuses).toEqual([...new Array(60).fill(401), ...new Array(10).fill(429)]);
    const waits = guesses.slice(60).map(({ headers }) => Number(headers['retry-after']));
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    expect((await upgrade(`/live?token=${createToken()}`)).status).toBe(429);
    expect((await bearing(token)).status).toBe(200);
    expect((await upgrade(`/ingest?token=${token}`)).status).toBe(101);
    // Who has none at all does not guess.
    expect((await get('/api/status')).status).toBe(401);
  });

  it('any address of the machine will do when all are bound, but no other name', async () => {
    const token = createToken();
    await start({ token, host: '0.0.0.0' });
    const authorised = (host: string) => get('/api/status', { Host: host, Authorization: `Bearer ${token}` });
    expect((await authorised(`192.168.3.4:${server.port}`)).status).toBe(200);
    expect((await authorised(`evil.example:${server.port}`)).status).toBe(403);
  });
});

it('closes connections that never finish their headers', async () => {
  await start();
  const socket: Socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nX-');
  socket.on('data', () => {});
  await once(socket, 'close');
});

it('connections that say nothing take no place from those that do', async () => {
  await start();
  const silent = Array.from({ length: 300 }, () => connect(server.port, '127.0.0.1'));
  for (const socket of silent) socket.on('error', () => {});
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  const began = performance.now();
  for (let n = 0; n < 20; n++) expect((await get('/api/status')).status).toBe(200);
  expect((await upgrade('/live')).status).toBe(101);
  expect(performance.now() - began).toBeLessThan(2000);
  await expect.poll(() => silent.filter(({ closed }) => closed).length).toBeGreaterThan(150);
  for (const socket of silent) socket.destroy();
});

it('nothing of the state is kept by browsers or what lies between', async () => {
  await start({ token: createToken() });
  const headers = { Authorization: `Bearer ${new URL(server.openUrl).searchParams.get('token')}` };
  for (const path of ['/api/status', '/api/plan', '/api/layers/0.npy', '/api/nothing', '/metrics'])
    expect([path, (await get(path, headers)).headers['cache-control']]).toEqual([path, 'no-store']);
  expect((await get('/api/status')).headers['cache-control']).toBe('no-store');
});

it('says so when the port is taken', async () => {
  await start();
  const options = { port: server.port, state: new FakeLiveState(), clientDirectory: '.' };
  await expect(startServer(options)).rejects.toThrow(
    `--port: address: expected a free port, ${server.port} is in use; --port 0 takes one that is free`,
  );
});
