import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { type Dataset, File, type Group, ready } from 'h5wasm/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { counts, edgeLayer } from '../../support/fake-live-state.ts';
import { startTestServer, type TestServer } from '../../support/test-server.ts';

const SHAPE: [number, number] = [3, 4];
const PIXELS = 12;
const CHANNELS = 8;

let server: TestServer;
let folder: string;
beforeEach(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const samples = Uint16Array.from({ length: PIXELS * CHANNELS }, (_, i) => 7 * i);

/** A scan of which two rows are measured. */
function begin(): void {
  const { state } = server;
  const path = join(folder, 'core.raw');
  writeFileSync(path, samples);
  state.begin(SHAPE, [counts(0), edgeLayer(1, 'Si-L', 'labels')]);
  state.fill(0, 0, 2, 5);
  state.fill(1, 0, 2, 1);
  state.cubes = {
    core: {
      paths: [path],
      byteOffset: 0,
      dtype: 'u16',
      littleEndian: true,
      recordBy: 'vector',
      shape: SHAPE,
      channels: CHANNELS,
      order: 'raster',
      flybackColumns: 0,
    },
    energy: { offset: 80, dispersion: 1, units: 'eV' },
    passes: Uint8Array.from({ length: PIXELS }, (_, pixel) => (pixel < 8 ? 1 : 0)),
  };
}

const get = (format: string) => fetch(`${server.url}/api/export/${format}`);
const unzipped = async (format: string) => unzipSync(new Uint8Array(await (await get(format)).arrayBuffer()));
const leftOver = (before: string[] = []) =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('eelwatch-export-') && !before.includes(name));

describe('a download of the scan on show', () => {
  it('says what there is to be had', async () => {
    expect(await (await get('hspy')).json()).toEqual({ error: 'scan: none has begun yet' });
    const answer = await get('tif');
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({
      error: 'format: expected one of hspy, zspy, rpl, csv, png, found "tif"',
    });
  });

  it('is a .hspy that holds counts and maps as far as they are', async () => {
    begin();
    const answer = await get('hspy');
    expect(answer.headers.get('content-disposition')).toContain('filename="test.hspy"');
    const path = join(folder, 'test.hspy');
    writeFileSync(path, new Uint8Array(await answer.arrayBuffer()));
    await ready;
    const file = new File(path, 'r');
    try {
      const data = (title: string) =>
        ((file.get(`Experiments/${title}`) as Group).get('data') as Dataset).value;
      const measured = samples.map((value, i) => (i < 8 * CHANNELS ? value : 0));
      expect(data('test')).toEqual(measured);
      expect(data('Measured passes')).toEqual(Int16Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0));
      expect(data('Si-L labels')).toEqual(Int16Array.of(1, 1, 1, 1, 1, 1, 1, 1, -2, -2, -2, -2));
    } finally {
      file.close();
    }
  });

  it('is an archive where there are several files', async () => {
    begin();
    expect(Object.keys(await unzipped('csv')).sort()).toEqual(['test-spectra.csv', 'test.csv']);
    const ripple = await unzipped('rpl');
    expect(Object.keys(ripple).sort()).toEqual(['test.raw', 'test.rpl']);
    expect(new Uint16Array(ripple['test.raw'].slice().buffer).subarray(0, 8)).toEqual(samples.subarray(0, 8));
    expect(Object.keys(await unzipped('zspy'))).toContain('test.zspy/Experiments/test/data/.zarray');
    const pictures = await unzipped('png');
    expect(Object.values(pictures).every((bytes) => bytes[0] === 0x89 && bytes[1] === 0x50)).toBe(true);
    expect(Object.keys(pictures)).toHaveLength(3);
  });

  it('is made one at a time, and leaves nothing behind', async () => {
    begin();
    const before = leftOver();
    const answers = await Promise.all([get('csv'), get('csv'), get('csv')]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 503, 503]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    expect((await get('csv')).status).toBe(200);
    await expect.poll(() => leftOver(before)).toEqual([]);
  });

  it('that nobody waits for is given up', async () => {
    begin();
    const before = leftOver();
    const stop = new AbortController();
    const asked = fetch(`${server.url}/api/export/png`, { signal: stop.signal });
    await expect.poll(() => leftOver(before)).toHaveLength(1);
    stop.abort();
    await expect(asked).rejects.toThrow();
    await expect.poll(() => leftOver(before), { timeout: 5000 }).toEqual([]);
    expect((await get('csv')).status).toBe(200);
  });

  it('says why it cannot be made', async () => {
    begin();
    rmSync(join(folder, 'core.raw'));
    const answer = await get('hspy');
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({
      error: expect.stringContaining('core.raw: samples: expected to exist'),
    });
  });
});
