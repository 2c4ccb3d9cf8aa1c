import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { acceptedPlan } from '../support/rescan-producer.ts';
import { SourceLog } from '../support/source-log.ts';
import { createTestIngest } from '../support/test-ingest.ts';
import { TestProducer } from '../support/test-producer.ts';
import { startTestServer } from '../support/test-server.ts';

const README = new URL('../../protocol/README.md', import.meta.url);
const [code = '', rescanner = ''] = [
  ...readFileSync(README, 'utf8').matchAll(/^```python\n(.*?)^```/gms),
].map(([, text]) => text);

/** Debian's own Python knows Debian's packages, whatever else is called python3. */
const python = ['/usr/bin/python3', 'python3'].find(
  (command) => spawnSync(command, ['-c', 'import msgpack, websockets']).status === 0,
);
if (!python)
  console.warn(
    'SKIPPED: the producer in protocol/README.md was not run; it needs Debian’s python3-websockets and python3-msgpack',
  );

it.each([code, rescanner])('is short', (text) => {
  expect(text).not.toBe('');
  expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
});

it.skipIf(!python)('of the specification delivers its scan through a lost connection', async () => {
  const [rows, columns, channels] = [24, 16, 200];
  const ingest = createTestIngest();
  const log = new SourceLog(ingest.source);
  let connections = 0;
  const cutting = {
    refusal: () => undefined,
    accept(ws: WebSocket, wire: Socket) {
      ingest.accept(ws, wire);
      if (++connections > 1) return;
      let messages = 0;
      ws.on('message', () => {
        if (++messages === 8) ws.terminate();
      });
    },
  };
  const server = await startTestServer({ ingest: cutting });
  const folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  try {
    writeFileSync(join(folder, 'producer.py'), code);
    const url = `${server.url.replace('http', 'ws')}/ingest`;
    const { status, errors } = await run(python!, [join(folder, 'producer.py'), url]);
    expect(errors.split('\n')[0]).toContain('connection lost, trying again');
    expect(status).toBe(0);
    expect(connections).toBe(2);
    await log.until(() => log.of('end').length > 0);
    expect(log.of('scan')).toHaveLength(1);
    expect(log.of('end')).toEqual([{ type: 'end', status: 'complete' }]);
    expect([...log.measured().values()]).toEqual(Array(rows * columns).fill(1));
    const { scan, core } = log.of('scan')[0].opening;
    expect(scan).toMatchObject({
      name: 'example',
      shape: [rows, columns],
      channels,
      pixelSizeNm: 0.5,
      simulated: true,
    });
    const cube = await openCube(core);
    const samples = new Float32Array(rows * columns * channels);
    await cube.read(0, rows * columns, 0, channels, samples);
    await cube.close();
    const expected = samples.map((_, at) => {
      const [pixel, channel] = [Math.floor(at / channels), at % channels];
      const silicon = channel > 40 ? 60 * (1 + Math.sin(pixel / 20)) : 0;
      return 2e9 * (80 + channel / 2) ** -3.5 + silicon;
    });
    expect(samples.findIndex((value, at) => Math.abs(value - expected[at]) > 0.51)).toBe(-1);
  } finally {
    await server.close();
    await log.stop();
    await ingest.close();
    rmSync(folder, { recursive: true });
  }
});

it.skipIf(!python)('that rescans waits for a yes, and scans the regions of the plan', async () => {
  const [rows, columns, channels] = [12, 16, 200];
  const ingest = createTestIngest();
  const log = new SourceLog(ingest.source);
  const server = await startTestServer({ ingest });
  const folder = mkdtempSync(join(tmpdir(), 'eelwatch-test-'));
  let questions = 0;
  ingest.answerWith({
    planReply: () => acceptedPlan(++questions > 1 ? {} : { status: 'proposed' }),
  });
  try {
    const producer = await TestProducer.connect(server.url);
    const energy = { offset: 80, dispersion: 0.5 };
    await producer.ask(
      { type: 'scan', id: 'parent', shape: [rows, columns], channels, energy, dtype: 'u16' },
      'ready',
    );
    const samples = Uint16Array.from({ length: rows * columns * channels }, (_, at) => {
      const [pixel, c] = [Math.floor(at / channels), at % channels];
      const silicon = 1 + Math.sin(Math.floor(pixel / columns)) * Math.cos((pixel % columns) / 2);
      return Math.round(2e9 * (80 + c / 2) ** -3.5 + (c > 40 ? 60 * silicon : 0));
    });
    const data = new Uint8Array(samples.buffer);
    await producer.ask({ type: 'spectra', first: 0, count: rows * columns, data }, 'ack');
    await producer.ask({ type: 'end' }, 'ack');
    writeFileSync(join(folder, 'rescan.py'), rescanner);
    const url = `${server.url.replace('http', 'ws')}/ingest`;
    const { status, errors } = await run(python!, [join(folder, 'rescan.py'), url]);
    expect([status, errors]).toEqual([0, '']);
    expect(questions).toBe(3);
    await log.until(() => log.of('rescan').length > 0);
    const { core } = log.of('rescan')[0].opening;
    expect(core.patches).toMatchObject([{ y: 1, x: 4, dwells: 2 }]);
    const cube = await openCube(core);
    const pixel = 2 * columns + 5;
    const sum = new Float64Array(channels);
    await cube.read(pixel, 1, 0, channels, sum);
    await cube.close();
    // Once by the first pass, twice as long by the rescan.
    const once = samples.subarray(pixel * channels, (pixel + 1) * channels);
    expect(Math.max(...sum.map((value, c) => Math.abs(value - 3 * once[c])))).toBeLessThan(2);
  } finally {
    await server.close();
    await log.stop();
    await ingest.close();
    rmSync(folder, { recursive: true });
  }
});

function run(command: string, args: string[]): Promise<{ status: number | null; errors: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (part) => {
      errors += part;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, errors }));
  });
}
