import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import type { SimulationOptions } from '../../../server/microscope/simulation-options.ts';
import type { Ingest } from '../../../server/sources/producers/ingest.ts';
import { SourceLog } from '../../support/source-log.ts';
import { createTestIngest } from '../../support/test-ingest.ts';

const shape: [number, number] = [8, 12];
let ingest: Ingest;
let log: SourceLog;
let http: Server;
let wss: WebSocketServer;
let sockets: WebSocket[];
let url: string;
/** What happens to a new connection besides being taken. */
let onConnection: (ws: WebSocket) => void;

beforeEach(async () => {
  ingest = createTestIngest();
  log = new SourceLog(ingest.source);
  sockets = [];
  onConnection = () => {};
  http = createServer();
  wss = new WebSocketServer({ server: http });
  wss.on('connection', (ws, request) => {
    sockets.push(ws);
    ingest.accept(ws, request.socket);
    onConnection(ws);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/ingest`;
});
afterEach(async () => {
  for (const ws of wss.clients) ws.terminate();
  await new Promise((resolve) => http.close(resolve));
  await log.stop();
  await ingest.close();
});

/** All spectra as analysis reads them. */
async function received(): Promise<Float32Array> {
  const opening = log.of('scan').at(-1)?.opening;
  if (!opening) throw new Error('no scan was announced');
  const cube = await openCube(opening.core);
  const out = new Float32Array(shape[0] * shape[1] * opening.scan.channels);
  await cube.read(0, shape[0] * shape[1], 0, opening.scan.channels, out);
  await cube.close();
  return out;
}

/** What a directory would hold: rows in the order of pixels, passes added up. */
function expected(options: SimulationOptions): Float32Array {
  const scan = new SimulatedScan({ shape, ...options });
  const channels = scan.model.core.channels;
  const out = new Float32Array(shape[0] * shape[1] * channels);
  for (let pass = 0; pass < scan.passes; pass++)
    for (let row = 0; row < shape[0]; row++) {
      const { core } = scan.row(row, pass);
      const backwards = scan.order === 'serpentine' && row % 2 === 1;
      for (let column = 0; column < shape[1]; column++) {
        const from = (backwards ? shape[1] - 1 - column : column) * channels;
        for (let i = 0; i < channels; i++) out[(row * shape[1] + column) * channels + i] += core[from + i];
      }
    }
  return out;
}

const same = (a: Float32Array, b: Float32Array): boolean =>
  Buffer.from(a.buffer).equals(Buffer.from(b.buffer));

describe('a simulated acquisition pushed to a monitor', () => {
  it('arrives as it would lie in a file, with dark field and the beam', async () => {
    expect(await simulate(url, { shape, seed: 5, id: 'a' })).toBe(true);
    await log.until(() => log.of('end').length > 0);
    expect(log.of('scan')[0].opening.scan).toMatchObject({
      id: 'a',
      name: 'simulated-anode',
      simulated: true,
      beamKv: 200,
      lowLoss: { channels: 512 },
    });
    expect(same(await received(), expected({ seed: 5 }))).toBe(true);
    const row = new SimulatedScan({ shape, seed: 5 }).row(2).haadf;
    const values = log.of('channel').find(({ first }) => first === 24);
    expect(values).toMatchObject({ name: 'HAADF', values: row });
    expect(log.of('end')[0].status).toBe('complete');
    expect(log.of('alert')).toEqual([]);
  });

  it('goes on after lost connections, without a spectrum twice or too few', async () => {
    let lost = 0;
    const onProgress = ({ rows }: { rows: number }) => {
      if (rows === 3 || rows === 6) {
        lost++;
        sockets.at(-1)?.terminate();
      }
    };
    expect(await simulate(url, { shape, seed: 6, onProgress })).toBe(true);
    await log.until(() => log.of('end').length > 0);
    expect(lost).toBe(2);
    expect(sockets.length).toBeGreaterThan(1);
    expect(same(await received(), expected({ seed: 6 }))).toBe(true);
    expect([...log.measured().values()].every((times) => times === 1)).toBe(true);
    expect(log.measured().size).toBe(96);
  });

  it('generates again what a connection lost before it was taken', async () => {
    onConnection = (ws) => {
      if (sockets.length > 1) return;
      // The first connection breaks before the monitor has said anything about the spectra on their way.
      ws.pause();
      setTimeout(() => ws.terminate(), 20);
    };
    expect(await simulate(url, { shape, seed: 8 })).toBe(true);
    await log.until(() => log.of('end').length > 0);
    expect(same(await received(), expected({ seed: 8 }))).toBe(true);
  });

  it('does the same serpentine and in passes', async () => {
    const options: SimulationOptions = { seed: 9, order: 'serpentine', passes: 2, flybackColumns: 2 };
    expect(await simulate(url, { shape, ...options })).toBe(true);
    await log.until(() => log.of('end').length > 0);
    expect(log.measured(1).size).toBe(96);
    expect(same(await received(), expected(options))).toBe(true);
  });

  it('ends as aborted when asked to stop', async () => {
    const abort = new AbortController();
    const onProgress = ({ rows }: { rows: number }) => {
      if (rows === 2) abort.abort();
    };
    expect(await simulate(url, { shape, onProgress }, abort.signal)).toBe(false);
    await log.until(() => log.of('end').length > 0);
    expect(log.of('end')[0].status).toBe('aborted');
  });

  it('says clearly when nobody listens', async () => {
    await expect(simulate('ws://127.0.0.1:1/ingest', { shape })).rejects.toThrow(
      /^ws:\/\/127\.0\.0\.1:1\/ingest: connection: expected a monitor that listens/,
    );
  });

  it('gives up with the reason when the monitor refuses the scan', async () => {
    await simulate(url, { shape, id: 'b' });
    await expect(simulate(url, { shape: [8, 13], id: 'b' })).rejects.toThrow(/geometry/);
  });
});
