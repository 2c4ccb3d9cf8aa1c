import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ABSENT_COLOUR, CLASS_COLOURS, layerOf, type PairInformation } from '../../../protocol/index.ts';
import { compareResults } from '../../../server/comparison/compare-results.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { examplePhase } from '../../support/example-phases.ts';
import { counts, edgeLayer, edgeState, planTopic, progress } from '../../support/fake-live-state.ts';
import { LiveClient } from '../../support/live-client.ts';
import { smallSide } from '../../support/small-results.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.close());

const get = (path: string) => fetch(`${server.url}${path}`);
const json = async (path: string) => (await get(path)).json();
const npy = async (path: string) => decodeNpy(new Uint8Array(await (await get(path)).arrayBuffer()));

/** Status of a path that is sent as it is, which fetch would tidy up. */
const rawGet = (path: string): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path }, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end();
  });

/** Status of a request that names another host. */
const rawGetFrom = (port: number, path: string, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });

/** Colours of a PNG of palette indices, as this monitor writes them. */
async function pixels(path: string): Promise<number[][]> {
  const bytes = Buffer.from(await (await get(path)).arrayBuffer());
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at))
    chunks.set(
      bytes.toString('latin1', at + 4, at + 8),
      bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)),
    );
  const [width, height] = [chunks.get('IHDR')!.readUInt32BE(0), chunks.get('IHDR')!.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT')!);
  const colours: number[][] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const index = rows[y * (width + 1) + 1 + x];
      colours.push([...chunks.get('PLTE')!.subarray(3 * index, 3 * index + 3), chunks.get('tRNS')![index]]);
    }
  return colours;
}

describe('a comparison', () => {
  it('is there where two analyses are compared, with its page, and nowhere else', async () => {
    const { error } = await json('/api/compare');
    expect(error).toMatch(/nothing is compared here/);
    const a = smallSide('a', [1, 2], [{ name: 'Si-L', labels: [0, 1] }]);
    const { comparison } = compareResults(a, a);
    const comparing = await startTestServer({ comparison });
    writeFileSync(
      join(comparing.clientDirectory, 'compare.html'),
      '<!doctype html><title>comparison</title>',
    );
    try {
      const text = async (path: string) => (await fetch(`${comparing.url}${path}`)).text();
      expect(JSON.parse(await text('/api/compare'))).toEqual(comparison);
      expect(await text('/')).toContain('<title>comparison</title>');
      expect(await text('/assets/main-1.js')).toBe('export {};');
      const foreign = await rawGetFrom(comparing.port, '/api/compare', 'elsewhere.example');
      expect(foreign).toBe(403);
    } finally {
      await comparing.close();
    }
  });
});

describe('the state for scripts', () => {
  it('is there before any scan', async () => {
    expect(await json('/api/status')).toMatchObject({ status: 'waiting', connections: 0, alerts: [] });
    expect(await json('/api/summary')).toEqual({ version: 'test', spectra: 3 });
    expect(await json('/api/information')).toEqual([]);
    expect(await json('/api/edges/Si-L/labels.npy')).toEqual({ error: 'scan: none has begun yet' });
  });

  it('gives maps as arrays of their shape', async () => {
    const { state } = server;
    state.begin([3, 2], [counts(0), edgeLayer(1, 'Si-L', 'labels'), edgeLayer(2, 'Si-L', 'embedding')]);
    state.fill(1, 0, 1, 4);
    state.fill(2, 0, 2, 0.5);
    state.fill(0, 1, 1, 7);
    const labels = await npy('/api/edges/Si-L/labels.npy');
    expect(labels).toEqual({ data: Int16Array.of(4, 4, -2, -2, -2, -2), shape: [3, 2] });
    const embedding = await npy('/api/edges/Si-L/embedding.npy');
    expect(embedding.shape).toEqual([3, 2, 2]);
    expect([...embedding.data.slice(0, 9)]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, Number.NaN]);
    expect([...(await npy('/api/layers/0.npy')).data]).toEqual([
      Number.NaN,
      Number.NaN,
      7,
      7,
      Number.NaN,
      Number.NaN,
    ]);
    // The maps that analyse --out writes for an edge.
    const kinds = ['labels', 'intensity', 'snr', 'embedding', 'uncertainty', 'novelty', 'flags'] as const;
    state.begin(
      [3, 2],
      kinds.map((kind, id) => edgeLayer(id, 'Si-L', kind)),
    );
    for (const kind of kinds) expect((await get(`/api/edges/Si-L/${kind}.npy`)).status).toBe(200);
    const response = await get('/api/edges/Si-L/labels.npy');
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="Si-L-labels.npy"');
  });

  it('draws classes in their colours, absence in grey and the unmeasured not at all', async () => {
    const { state } = server;
    state.begin([2, 2], [edgeLayer(1, 'Si-L', 'labels')]);
    const { data } = state.layers[0];
    data.set([0, 1, -1, -2]);
    const found = (label: number, name?: string) => ({
      label,
      colour: 5 + label,
      count: 1,
      centroid: [0, 0] as [number, number],
      ...(name !== undefined && { verdict: 'match' as const, name }),
    });
    state.publish(edgeState('Si-L', [found(0), found(1, 'SiC')]));
    state.publish(edgeState('O-K', [found(0, 'Si')]));
    expect(await pixels('/api/edges/Si-L/labels.png')).toEqual([
      [...CLASS_COLOURS[1], 255],
      [...CLASS_COLOURS[2], 255],
      [...ABSENT_COLOUR, 255],
      [0, 0, 0, 0],
    ]);
  });

  it('gives the phase map and its table once there are phases', async () => {
    const { state } = server;
    state.begin([2, 2], [counts(0), { id: 1, ...layerOf('phases') }]);
    expect(await json('/api/phases')).toEqual({ error: expect.stringMatching(/there are none yet/) });
    const table = { pixels: 3, absent: 0, phases: [examplePhase(0, 'SiC')] };
    state.publish({ type: 'phases', epoch: 1, revision: 2, ...table });
    state.layers[1].data.set([0, 0, -1, -2]);
    expect(await json('/api/phases')).toEqual(table);
    expect(await npy('/api/phases.npy')).toEqual({ data: Int16Array.of(0, 0, -1, -2), shape: [2, 2] });
    state.begin([2, 2], [counts(0)]);
    expect((await get('/api/phases.npy')).status).toBe(404);
  });

  it('gives information, status and errors in words', async () => {
    const { state } = server;
    state.begin([2, 2], [counts(0)]);
    state.publish(progress(3));
    const pair: PairInformation = {
      type: 'information',
      epoch: 1,
      a: 'Si-L',
      b: 'C-K',
      revisions: [1, 1],
      pixels: 4,
      mi: 0.2,
      miBothPresent: 0.1,
      rows: [0],
      columns: [0],
      counts: [[4]],
      pointwise: [[0]],
      ami: 1,
      corrected: 0.19,
      effectivePixels: 4,
      localWindow: 15,
      verdict: 'one class',
      z: [[0]],
      zCritical: 3,
      pairs: [],
    };
    state.publish(pair);
    expect(await json('/api/information')).toEqual([pair]);
    expect(await json('/api/status')).toMatchObject({
      status: 'live',
      source: 'test',
      scan: { shape: [2, 2] },
      progress: { spectra: 3 },
      edges: [{ name: 'Si-L' }, { name: 'C-K' }],
    });
    const missing: [string, string][] = [
      ['/api/plan', 'plan: nothing is planned for this scan'],
      ['/api/plan/mask.npy', 'plan: nothing is planned for this scan'],
      ['/api/plan/value.npy', 'plan: nothing is planned for this scan'],
      ['/api/plan/other.npy', '/api/plan/other.npy: no such endpoint'],
      ['/api/edges/Zz-K/labels.npy', 'edge: expected one of Si-L, C-K, found "Zz-K"'],
      ['/api/edges/C-K/intensity.npy', 'C-K: there is no intensity map'],
      ['/api/edges/Si-L/secrets.npy', '/api/edges/Si-L/secrets.npy: no such endpoint'],
      ['/api/layers/9.npy', 'layer: expected <id>.npy with one of 0 (Counts 0)'],
      ['/nothing', '/nothing: not found'],
    ];
    for (const [path, error] of missing) {
      const response = await get(path);
      expect([path, response.status, await response.json()]).toEqual([path, 404, { error }]);
    }
    state.summary = () => {
      throw new Error('not now');
    };
    const failed = await get('/api/summary');
    expect([failed.status, await failed.json()]).toEqual([500, { error: 'not now' }]);
    expect((await fetch(`${server.url}/api/status`, { method: 'POST' })).status).toBe(404);
  });

  it('says where to scan again', async () => {
    const { state } = server;
    expect(await json('/api/plan')).toEqual({ error: 'scan: none has begun yet' });
    state.begin([2, 3], [counts(0)]);
    const plan = planTopic([
      { number: 1, y: 0, x: 1, height: 2, width: 2, dwells: 3, gain: 1.5, reason: 'why', state: 'proposed' },
    ]);
    state.publish(plan);
    expect(await json('/api/plan')).toMatchObject({
      version: 1,
      scan: { id: 'scan-1', shape: [2, 3] },
      budget: { unit: 'percent', value: 25 },
      verdict: 'rescan',
      regions: [{ y: 0, x: 1, height: 2, width: 2, dwells: 3, gain: 1.5, reason: 'why' }],
      survey: { kind: 'counts', shape: [2, 3] },
    });
    const mask = await npy('/api/plan/mask.npy');
    expect([mask.shape, [...mask.data]]).toEqual([
      [2, 3],
      [0, 1, 1, 0, 1, 1],
    ]);
    expect(mask.data).toBeInstanceOf(Uint8Array);
    expect(await json('/api/plan/value.npy')).toEqual({ error: 'plan: there is no model yet to plan by' });
    state.addLayer({ id: 1, ...layerOf('plan-value') });
    state.fill(1, 0, 1, 0.25);
    const value = await npy('/api/plan/value.npy');
    expect([value.shape, [...value.data]]).toEqual([
      [2, 3],
      [0.25, 0.25, 0.25, Number.NaN, Number.NaN, Number.NaN],
    ]);
  });

  it('measures itself', async () => {
    const { state, url } = server;
    await LiveClient.join(url);
    state.begin([2, 2], [counts(0)]);
    state.publish(progress(40));
    state.begin([2, 2], [counts(0)], 2);
    state.publish(progress(3, 2));
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const value = new Map(
      (await response.text()).split('\n').map((line) => line.split(' ') as [string, string]),
    );
    expect(value.get('eelwatch_spectra_total')).toBe('43');
    expect(value.get('eelwatch_spectra_per_second')).toBe('10');
    expect(value.get('eelwatch_backlog_spectra')).toBe('4');
    expect(value.get('eelwatch_connections')).toBe('1');
    expect(value.get('eelwatch_skipped_pictures_total')).toBe('0');
    expect(Number(value.get('eelwatch_resident_memory_bytes'))).toBeGreaterThan(1e6);
    expect(value.has('eelwatch_event_loop_delay_seconds{quantile="0.99"}')).toBe(true);
  });
});

describe('the dashboard', () => {
  it('is served with headers that let nothing foreign in', async () => {
    const page = await get('/');
    expect(await page.text()).toContain('dashboard');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self';");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port};`);
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
    const script = await get('/assets/main-1.js');
    expect(script.headers.get('content-type')).toContain('javascript');
    expect(script.headers.get('cache-control')).toContain('immutable');
    for (const answer of [page, script, await get('/api/status'), await get('/nothing')]) {
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
      expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
      expect(answer.headers.get('content-security-policy')).toBe(policy);
    }
  });

  it('shows no file outside its folder', async () => {
    const outside = join(server.clientDirectory, '..');
    mkdirSync(join(outside, 'client-private'));
    writeFileSync(join(outside, 'client-private', 'secret.txt'), 'hidden words');
    symlinkSync(join(outside, 'secret.txt'), join(server.clientDirectory, 'link.txt'));
    symlinkSync(join(outside, 'client-private'), join(server.clientDirectory, 'neighbour'));
    symlinkSync(outside, join(server.clientDirectory, 'up'));
    symlinkSync(join(server.clientDirectory, 'index.html'), join(server.clientDirectory, 'home.html'));
    const hostile = [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/%2e%2e%2fsecret.txt',
      '/%252e%252e%252fsecret.txt',
      '/..%5csecret.txt',
      '/..\\secret.txt',
      '/assets/../../secret.txt',
      '/assets/..%2f..%2fsecret.txt',
      '//secret.txt',
      '/../client-private/secret.txt',
      '/link.txt',
      '/up/secret.txt',
      '/neighbour/secret.txt',
      '/index.html%00.txt',
      '/%00',
      '/%ff',
      '/....//secret.txt',
      '/etc/passwd',
      `/${encodeURIComponent(join(outside, 'secret.txt'))}`,
    ];
    for (const path of hostile) {
      const { status, text } = await rawGet(path);
      expect([path, status]).toEqual([path, path.includes('\\') ? 400 : 404]);
      expect(text).not.toContain('hidden words');
      expect(JSON.parse(text)).toHaveProperty('error');
    }
    expect((await rawGet('/home.html')).status).toBe(200);
  });
});
